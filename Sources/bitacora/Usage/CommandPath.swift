import ArgumentParser
import Inspection
import JSON

/// The commands at the start of a command line, such as `bitacora`, `log` and `list`.
struct CommandPath {
    /// The last command.
    private(set) var command: any ParsableCommand.Type
    /// The arguments after the names of the commands.
    private(set) var rest: ArraySlice<String>
    private var names: [String]

    /// The names of the program and of the commands, separated by spaces.
    var description: String { names.joined(separator: " ") }

    /// - Parameter arguments: without the name of the program.
    /// - Throws: `Failure` for an unknown command. The parser itself would report the words after the unknown command.
    init(_ arguments: [String], of root: any ParsableCommand.Type) throws(Failure) {
        command = root
        names = [root._commandName]
        rest = arguments[...]
        // `bitacora help log list` also names commands.
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

    /// Commands that stand elsewhere, by the words under which they are looked for.
    private static let others = ["bitacora app serve": "bitacora serve --app DIR"]

    private static func isName(_ word: String, of command: any ParsableCommand.Type) -> Bool {
        command._commandName == word || command.configuration.aliases.contains(word)
    }

    private func unknown(_ word: String) -> Failure {
        let commands = command.configuration.subcommands.map { $0._commandName }
        let hint =
            Self.others["\(description) \(word)"].map { "Did you mean '\($0)'?" }
            ?? Spelling.nearest(to: word, among: commands).map { "Did you mean '\($0)'?" }
            ?? "The commands are \(commands.joined(separator: ", "))."
        return Failure(ExitStatus.usage, "Unknown command '\(word)' after '\(description)'. \(hint)", details: [help])
    }

    /// The line that points to the help of the command.
    var help: String { "  See '\(description) --help' for more information." }
}

/// An option on a command line that its command does not have.
///
/// The parser reports missing arguments first: for `--topik chat` it reports a missing `--topic`.
struct UnknownOption {
    let failure: Failure

    /// Finds the first unknown option; nil when the command has all options of the command line.
    ///
    /// - Parameter path: for a group of commands the result is nil, because a group has no options.
    init?(in path: CommandPath) {
        let options = Option.all(of: path.command)
        guard path.command.configuration.subcommands.isEmpty, !options.isEmpty else { return nil }
        var words = path.rest
        while let word = words.popFirst(), word != "--" {
            guard word.hasPrefix("--") else { continue }
            let name = String(word.dropFirst(2).prefix { $0 != "=" })
            guard let option = options.first(where: { $0.name == name }) else {
                let hint = Spelling.nearest(to: name, among: options.filter(\.isShown).map(\.name)).map {
                    ". Did you mean '--\($0)'?"
                }
                failure = Failure(ExitStatus.usage, "Unknown option '--\(name)'\(hint ?? "")", details: [path.help])
                return
            }
            // The value can begin with dashes.
            if option.takesAnyValue, !word.contains("=") { words = words.dropFirst() }
        }
        return nil
    }

    private struct Option {
        let name: String
        var isShown = true
        /// Whether the next word is the option's value, even if it begins with a dash.
        var takesAnyValue = false

        /// The long options of `command`, from the parser's description of it; empty when that cannot be read.
        static func all(of command: any ParsableCommand.Type) -> [Option] {
            guard let description = try? JSONValue(parsing: command._dumpHelp()),
                let arguments = description["command"]?["arguments"]?.array
            else { return [] }
            let options = arguments.flatMap { argument -> [Option] in
                let (isShown, strategy) = (
                    argument["shouldDisplay"] != .bool(false), argument["parsingStrategy"]?.string
                )
                let takesAnyValue = argument["kind"]?.string == "option" && strategy == "unconditional"
                return (argument["names"]?.array ?? []).compactMap { name in
                    guard name["kind"]?.string == "long", let name = name["name"]?.string else { return nil }
                    return Option(name: name, isShown: isShown, takesAnyValue: takesAnyValue)
                }
            }
            // Every command also has these options of the program.
            return options + [
                Option(name: "help"), Option(name: "help-hidden", isShown: false), Option(name: "version"),
            ]
        }
    }
}

/// Suggests a name for a misspelt word.
enum Spelling {
    /// The nearest of `names`; nil when none is near.
    ///
    /// A word is near a name when it is the beginning of the name (`hist` of `histogram`), or when few letters
    /// differ (`Suggestion.nearest`).
    static func nearest(to word: String, among names: [String]) -> String? {
        if !word.isEmpty, let whole = names.first(where: { $0.hasPrefix(word) }) { return whole }
        return Suggestion.nearest(to: word, among: names)
    }
}
