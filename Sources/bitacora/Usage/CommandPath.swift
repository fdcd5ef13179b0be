import ArgumentParser

/// The commands that the first words of a command line name, such as `bitacora`, `log` and `list`.
struct CommandPath {
    /// The last command.
    private(set) var command: any ParsableCommand.Type
    /// The arguments after the names of the commands.
    private(set) var rest: ArraySlice<String>
    private var names: [String]

    /// The names of the program and of the commands, separated by spaces.
    var description: String { names.joined(separator: " ") }

    /// - Parameter arguments: without the name of the program.
    /// - Throws: `Failure` when no command has the name that stands in the place of a command. The parser itself would
    ///   report what follows that name.
    init(_ arguments: [String], of root: any ParsableCommand.Type) throws(Failure) {
        command = root
        names = [root._commandName]
        rest = arguments[...]
        // `bitacora help log list` names commands too.
        if rest.first == "help" { rest = rest.dropFirst() }
        while let word = rest.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            guard let next = command.configuration.subcommands.first(where: { Self.isName(word, of: $0) }) else {
                throw unknown(word)
            }
            command = next
            names.append(next._commandName)
            rest = rest.dropFirst()
        }
    }

    private static func isName(_ word: String, of command: any ParsableCommand.Type) -> Bool {
        command._commandName == word || command.configuration.aliases.contains(word)
    }

    private func unknown(_ word: String) -> Failure {
        let commands = command.configuration.subcommands.map { $0._commandName }
        let hint =
            Spelling.nearest(to: word, among: commands).map { "Did you mean '\($0)'?" }
            ?? "The commands are \(commands.joined(separator: ", "))."
        return Failure(ExitStatus.usage, "Unknown command '\(word)' after '\(description)'. \(hint)", details: [help])
    }

    /// The line that points to the help of the command.
    var help: String { "  See '\(description) --help' for more information." }
}
