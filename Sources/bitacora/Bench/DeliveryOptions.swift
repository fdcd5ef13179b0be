import ArgumentParser

/// What the benchmarks of delivery take beside the rest.
struct DeliveryOptions: ParsableArguments {
    @OptionGroup var bench: BenchOptions

    @Flag(name: .customLong("socketio"), help: "Let the sockets speak Socket.IO, as stock clients do.")
    var isSocketIO = false

    @Option(help: ArgumentHelp("The templates of the server that is measured.", valueName: "dir"))
    var views = "Views"

    var dialect: SwarmDialect { isSocketIO ? .socketIO : .webSocket }

    /// What its sockets are called in figures.
    var socketName: String { isSocketIO ? "Socket.IO socket" : "WebSocket" }

    /// Gives `body` where a log may be made for a while, and what it finds.
    func measure(_ body: (_ log: String, _ report: BenchReport) async throws -> Void) async throws {
        // The baselines have both ends of a connection.
        Descriptors.raiseLimit()
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
