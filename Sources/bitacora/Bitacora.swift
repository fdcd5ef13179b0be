import ArgumentParser
import BitacoraServer
import EventLog
import Glibc
import Inspection
import Marketplace

/// The executable `bitacora`: the server, and commands for its log and its templates.
@main
struct Bitacora: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bitacora",
        abstract: "Serve and inspect a durable event log for the web.",
        discussion: """
            Example: bitacora serve --seed

            \(ExitStatus.explanation)
            """,
        version: "0.2.0",
        subcommands: [Serve.self, Log.self, App.self, Render.self, Views.self, Completions.self])

    /// The application that `serve` runs, unless `--bare` is given. Nothing else in the executable names it.
    static let application: any BitacoraApplication = Marketplace()

    /// The projections that the command line knows: that of the application.
    static let projections: [any Projection] = [application.projection]

    static var _errorLabel: String { "bitacora" }

    static func main() async {
        // Writing to a closed pipe fails with EPIPE instead of ending the process; the command then ends without a message.
        signal(SIGPIPE, SIG_IGN)
        // Writing beyond the file size limit (`ulimit -f`) fails with EFBIG, so that the append is refused.
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

    /// Parses `arguments`, and reports a misspelt command or option before an argument that is missing because of it.
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
