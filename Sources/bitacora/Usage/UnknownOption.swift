import ArgumentParser
import JSON

/// An option on a command line that its command does not have.
///
/// The parser looks for what is missing or wrong first, so that `--topik chat` was answered with a missing `--topic`.
struct UnknownOption {
    let failure: Failure

    /// Finds the first one; nil when the command has all of them.
    ///
    /// - Parameter path: a group of commands is left to the parser, since it has no options.
    init?(in path: CommandPath) {
        let options = Option.all(of: path.command)
        guard path.command.configuration.subcommands.isEmpty, !options.isEmpty else { return nil }
        var words = path.rest
        while let word = words.popFirst(), word != "--" {
            guard word.hasPrefix("--") else { continue }
            let name = String(word.dropFirst(2).prefix { $0 != "=" })
            guard let option = options.first(where: { $0.name == name }) else {
                let hint = Spelling.nearest(to: name, among: options.filter(\.isShown).map(\.name)).map { ". Did you mean '--\($0)'?" }
                failure = Failure(ExitStatus.usage, "Unknown option '--\(name)'\(hint ?? "")", details: [path.help])
                return
            }
            // The value may begin with dashes itself.
            if option.takesAnyValue, !word.contains("=") { words = words.dropFirst() }
        }
        return nil
    }

    private struct Option {
        let name: String
        var isShown = true
        /// Whether the next word is its value, whatever that begins with.
        var takesAnyValue = false

        /// The long names that `command` takes, from the parser's own description; empty when that is not understood.
        static func all(of command: any ParsableCommand.Type) -> [Option] {
            guard let description = try? JSONValue(parsing: command._dumpHelp()), let arguments = description["command"]?["arguments"]?.array
            else { return [] }
            let options = arguments.flatMap { argument -> [Option] in
                let (isShown, strategy) = (argument["shouldDisplay"] != .bool(false), argument["parsingStrategy"]?.string)
                let takesAnyValue = argument["kind"]?.string == "option" && strategy == "unconditional"
                return (argument["names"]?.array ?? []).compactMap { name in
                    guard name["kind"]?.string == "long", let name = name["name"]?.string else { return nil }
                    return Option(name: name, isShown: isShown, takesAnyValue: takesAnyValue)
                }
            }
            // Every command has these of the program.
            return options + [Option(name: "help"), Option(name: "help-hidden", isShown: false), Option(name: "version")]
        }
    }
}
