import ArgumentParser
import JSON

/// An option on a command line that its command does not have.
///
/// The parser reports missing and wrong arguments first: it answers `--topik chat` with a missing `--topic`.
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
