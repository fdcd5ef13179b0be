import ArgumentParser
import Foundation
import Glibc

/// The executable `bench`: measures each promise of speed beside a baseline in the same run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure appends, replay, fan-out and rendering on this machine.",
        discussion: """
            Example: swift run -c release --package-path Tests/Benchmarks bench append

            Build bitacora and the benchmarks in release mode first. Each figure and its baseline are measured in the \
            same run; quote their ratio, because machines differ. Temporary logs are created below --in and removed \
            at the end.

            Exit status:
              0   the figures were measured
              1   a server or a peer gave a wrong result
              2   a server, a peer or a baseline cannot be started, or the limit of open files is too low
              64  wrong usage
            """,
        subcommands: [AppendBenchmark.self, ReplayBenchmark.self, FanoutBenchmark.self, RenderBenchmark.self])

    static func main() async {
        // Writing to a closed connection fails with EPIPE instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as BenchmarkError {
            FileHandle.standardError.write(Data("bench: \(error.message)\n".utf8))
            Glibc.exit(error.code.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}

/// Why a benchmark ends without figures.
struct BenchmarkError: Error {
    /// The kind of error; its raw value is the exit status.
    enum Code: Int32 {
        /// A server or a peer gave a wrong result, or closed a connection.
        case wrongResult = 1
        /// A server, a peer or a baseline cannot be used.
        case unusable = 2
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
