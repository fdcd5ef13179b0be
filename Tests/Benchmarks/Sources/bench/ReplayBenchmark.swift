import ArgumentParser

/// `bench replay`: replays a history to one socket, and to many at once.
struct ReplayBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Replay a long history to one socket, and to many at once.",
        discussion: """
            Example: bench replay --socketio --events 1000000

            The baseline writes as many bytes through bare loopback sockets to the same clients.
            """)

    @OptionGroup var options: DeliveryOptions

    @Option(help: "Events in the history.")
    var events = 1_000_000

    @Option(help: "Sockets that reconnect at once; each gets a tenth of the history.")
    var sockets = 1000

    func validate() throws {
        try options.check("events", events, in: 10...100_000_000)
        try options.check("sockets", sockets, in: 1...10_000)
    }

    func run() async throws {
        try await options.measure(sockets: sockets) { log, report in
            try await options.bench.fill(log, count: events)
            let folding = try options.serve(log)
            report.add("start, \(events) events, no snapshot", folding.startTime, "s", goal: "≤ 5 s")
            folding.stop()
            let server = try options.serve(log)
            report.add("start, \(events) events, with a snapshot", server.startTime, "s", goal: "≤ 1 s")
            try measureOne(server, report)
            try measureMany(server, report)
        }
    }

    private func measureOne(_ server: ServerProcess, _ report: BenchReport) throws {
        for round in ["first", "again"] {
            let swarm = options.swarm(server)
            let start = ContinuousClock.now
            try swarm.connect(1, .all)
            try swarm.read(until: events)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            try swarm.checkOrder()
            let raw = try RawSender.seconds(bytes: swarm.bytes, sockets: 1)
            report.add(
                "replay to one \(options.socketName), \(round)", Double(events) / seconds, "events/s",
                baseline: ("bare socket", Double(events) / raw), goal: "3,000,000/s")
        }
    }

    private func measureMany(_ server: ServerProcess, _ report: BenchReport) throws {
        let idle = server.memory
        let share = events / 10
        let swarm = options.swarm(server)
        let start = ContinuousClock.now
        try swarm.connect(sockets, .init(after: "\(events - share)"))
        var peak = 0
        let part = max(1, share / 16)
        for goal in stride(from: part, through: share, by: part) {
            try swarm.read(until: goal)
            peak = max(peak, server.memory)
        }
        try swarm.read(until: share)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try swarm.checkOrder()
        let raw = try RawSender.seconds(bytes: swarm.bytes, sockets: sockets)
        report.add(
            "\(sockets) \(options.socketName)s, \(share) events each", Double(sockets * share) / seconds,
            "deliveries/s",
            baseline: ("bare sockets", Double(sockets * share) / raw), goal: "2,000,000/s")
        report.add("memory above idle meanwhile", Double(peak - idle) / 1_048_576, "MiB", goal: "≤ 64 MiB")
    }
}
