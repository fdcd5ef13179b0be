import ArgumentParser
import Glibc

/// What the benchmarks of delivery take beside the rest.
struct DeliveryOptions: ParsableArguments {
    @OptionGroup var bench: BenchOptions

    @Flag(name: .customLong("socketio"), help: "Let the sockets speak Socket.IO, as stock clients do.")
    var isSocketIO = false

    @Option(
        help: ArgumentHelp(
            "The directory of the templates of the measured server; the built-in ones if not given.", valueName: "dir"),
        completion: .directory)
    var views: String?

    var dialect: SwarmDialect { isSocketIO ? .socketIO : .webSocket }

    /// What its sockets are called in figures.
    var socketName: String { isSocketIO ? "Socket.IO socket" : "WebSocket" }

    /// Gives `body` where a log may be made for a while, and where to say what it finds.
    ///
    /// - Parameter sockets: how many it has at once; of a baseline's both ends are here.
    func measure(sockets: Int, _ body: (_ log: String, _ report: BenchReport) async throws -> Void) async throws {
        Descriptors.raiseLimit()
        let (wanted, limit) = (2 * sockets + 100, sysconf(Int32(_SC_OPEN_MAX)))
        guard wanted <= limit else {
            throw Failure(
                ExitStatus.unusable,
                "\(sockets) sockets need \(wanted) file descriptors; this process may have \(limit) (ulimit -n)")
        }
        let report = BenchReport(isJSON: bench.isJSON)
        try await bench.inTemporaryDirectory { try await body($0 + "/log", report) }
    }

    func serve(_ log: String) throws -> ServerProcess { try ServerProcess(log: log, views: views) }

    /// Clients of `server`, none yet.
    func swarm(_ server: ServerProcess) -> ClientSwarm { ClientSwarm(port: server.port, dialect) }
}

extension ParsableArguments {
    /// Refuses a number that a measurement can do nothing with.
    func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("--\(name) must be \(range.lowerBound) … \(range.upperBound), not \(value)")
        }
    }
}
