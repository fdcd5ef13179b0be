import ArgumentParser
import Glibc
import Inspection

/// The executable `bitacora`: the server, and commands for its log and its templates.
@main
struct Bitacora: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bitacora",
        abstract: "A logbook for the web: every change is an event in a durable log, replayed and then live.",
        discussion: """
            Example: bitacora serve --seed

            \(ExitStatus.explanation)
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Log.self, Render.self, Views.self, Completions.self])

    static var _errorLabel: String { "bitacora" }

    static func main() async {
        // A reader that goes away is an error of `write`, which ends us quietly.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that has reached the limit of the process (`ulimit -f`): the append is refused.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parsedCommand(of: Array(CommandLine.arguments.dropFirst()))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Parses `arguments`.
    ///
    /// The error is about a misspelt command or option, and not about an argument that is missing because of it.
    private static func parsedCommand(of arguments: [String]) throws -> any ParsableCommand {
        let path = try CommandPath(arguments, of: Self.self)
        do {
            return try parseAsRoot(arguments)
        } catch {
            if exitCode(for: error) == .validationFailure, let option = UnknownOption(in: path) { throw option.failure }
            throw error
        }
    }

    private static func end(with error: any Error) -> Never {
        guard let failure = Failure(error) else { exit(withError: error) }
        if !failure.message.isEmpty {
            let lines = ["bitacora: " + DataDirectory.addingSource(to: failure.message)] + failure.details
            Terminal.standardError.write(lines.map { ShownText.escaped($0) + "\n" }.joined())
        }
        Glibc.exit(failure.status)
    }
}
