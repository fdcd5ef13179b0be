/// What connections cost: time to make them, memory to have them.
extension BenchFanout {
    func measureConnections(_ server: ServerProcess, _ report: BenchReport) throws {
        // What a first connection costs once is not what an idle socket costs.
        try options.swarm(server).connect(1, .live)
        let (seconds, bytes) = try costs(server)
        report.add(
            "\(connections) \(options.socketName)s established", seconds, "s",
            baseline: ("bare sockets", try rawSeconds()),
            goal: "≤ 5 s")
        report.add(
            "idle \(options.socketName), of \(connections)", Double(bytes) / Double(connections) / 1024, "KiB",
            goal: "≤ 16 KiB")
    }

    private func costs(_ server: ServerProcess) throws -> (seconds: Double, bytes: Int) {
        let empty = server.memory
        let swarm = options.swarm(server)
        let start = ContinuousClock.now
        try swarm.connect(connections, .live)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try swarm.read(until: 1)  // `replayed`
        try swarm.rest(for: .seconds(settle))
        return withExtendedLifetime(swarm) { (seconds, server.memory - empty) }
    }

    /// The same round trips over bare sockets.
    private func rawSeconds() throws -> Double {
        let answerer = try RawAnswerer.greeting(options.dialect)
        return try withExtendedLifetime(answerer) {
            let swarm = ClientSwarm(port: answerer.port, options.dialect)
            let start = ContinuousClock.now
            try swarm.connect(connections, .live)
            return (ContinuousClock.now - start) / .seconds(1)
        }
    }
}
