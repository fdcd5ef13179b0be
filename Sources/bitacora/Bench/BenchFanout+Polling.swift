/// Clients that poll.
extension BenchFanout {
    func measurePolling(_ server: ServerProcess, _ report: BenchReport) throws {
        let (ours, raw) = (try run(server.port), try run(try RawAnswerer.polling()))
        report.add(
            "requests of \(polling) polling clients", Double(ours.requests) / ours.seconds, "requests/s",
            baseline: ("bare sockets", Double(raw.requests) / raw.seconds), goal: "≥ 3,000/s")
        for share in [50, 99] {
            report.add(
                "polling, event to ack, p\(share)", ours.trips.percentile(share), "ms",
                baseline: ("bare sockets", raw.trips.percentile(share)))
        }
    }

    private func run(_ answerer: RawAnswerer) throws -> PollingSwarm.Figures {
        try withExtendedLifetime(answerer) { try run(answerer.port) }
    }

    private func run(_ port: UInt16) throws -> PollingSwarm.Figures {
        let swarm = try PollingSwarm(port: port, count: polling)
        // A tenth warms everything up.
        _ = try swarm.run(trips: max(1, trips / 10))
        return try swarm.run(trips: trips)
    }
}
