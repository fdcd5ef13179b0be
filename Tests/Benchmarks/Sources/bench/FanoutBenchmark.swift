import ArgumentParser
import EventLog

/// `bench fanout`: live events to many sockets, and what idle sockets cost.
struct FanoutBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "Measure delivery of live events to many sockets, and the cost of sockets.",
        discussion: """
            Example: bench fanout --socketio --sockets 1000 --burst 200

            The baselines write as many bytes through bare loopback sockets to the same clients, or answer as many \
            requests.

            A connection is established when the server has answered its upgrade and, with --socketio, its CONNECT.

            With --socketio, polling clients are measured too. Each client posts an event over one connection and \
            receives the ack with a poll over another. Each answered GET and POST counts as a request; a round trip \
            ends when both are answered.
            """)

    @OptionGroup var options: DeliveryOptions

    @Option(help: "Sockets that receive live events.")
    var sockets = 1000

    @Option(help: "Events in a burst, which is one append and one commit.")
    var burst = 200

    @Option(help: "Bursts to measure.")
    var rounds = 20

    @Option(help: "Events to deliver while one reader is stalled.")
    var events = 1_000_000

    @Option(help: "Idle connections to establish.")
    var connections = 5000

    @Option(help: "Seconds until the memory of idle connections is read.")
    var settle = 2

    @Option(help: "Polling clients; needs --socketio.")
    var polling = 100

    @Option(help: "Round trips of each polling client.")
    var trips = 200

    /// Events in one request while a reader is stalled.
    static let group = 1000

    func validate() throws {
        try options.check("sockets", sockets, in: 1...10_000)
        try options.check("burst", burst, in: 1...10_000)
        try options.check("rounds", rounds, in: 1...10_000)
        try options.check("events", events, in: 4 * Self.group...100_000_000)
        try options.check("connections", connections, in: 1...20_000)
        try options.check("settle", settle, in: 0...3600)
        try options.check("polling", polling, in: 1...5000)
        try options.check("trips", trips, in: 1...100_000)
    }

    func run() async throws {
        try await options.measure(sockets: max(sockets, connections, 2 * polling)) { log, report in
            let server = try options.serve(log)
            try measureConnections(server, report)
            try measureDelivery(server, report)
            if options.isSocketIO { try measurePolling(server, report) }
            try measureStalled(server, report)
        }
    }
}

// MARK: Connections

extension FanoutBenchmark {
    func measureConnections(_ server: ServerProcess, _ report: BenchReport) throws {
        // The first connection allocates what all connections share.
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
        try swarm.idle(for: .seconds(settle))
        return withExtendedLifetime(swarm) { (seconds, server.memory - empty) }
    }

    /// Seconds of the same round trips over bare sockets.
    private func rawSeconds() throws -> Double {
        let responder = try RawResponder.handshake(options.dialect)
        return try withExtendedLifetime(responder) {
            let swarm = ClientSwarm(port: responder.port, options.dialect)
            let start = ContinuousClock.now
            try swarm.connect(connections, .live)
            return (ContinuousClock.now - start) / .seconds(1)
        }
    }
}

// MARK: Live events

extension FanoutBenchmark {
    func measureDelivery(_ server: ServerProcess, _ report: BenchReport) throws {
        let producer = try HTTPProducer(port: server.port)
        let swarm = options.swarm(server)
        try swarm.connect(sockets, .live)
        try swarm.read(until: 1)  // `replayed`
        try measureBursts(swarm, producer, report)
        try measureLatency(swarm, producer, report)
        try swarm.checkOrder()
    }

    private func measureBursts(_ swarm: ClientSwarm, _ producer: HTTPProducer, _ report: BenchReport) throws {
        let body = producer.request((0..<burst).map(options.bench.event))
        var total = 0.0
        var bytes = 0
        for round in 0..<rounds + 2 {
            swarm.mark()
            let start = ContinuousClock.now
            try producer.send(body)
            try swarm.read(until: burst)
            // The first two rounds warm up the server.
            if round >= 2 {
                total += (ContinuousClock.now - start) / .seconds(1)
                bytes += swarm.bytes
            }
            try producer.receive()
        }
        let raw = try RawSender.seconds(bytes: bytes / rounds, sockets: sockets) * Double(rounds)
        let deliveries = Double(sockets * burst * rounds)
        report.add(
            "bursts of \(burst) to \(sockets) \(options.socketName)s", deliveries / total, "deliveries/s",
            baseline: ("bare sockets", deliveries / raw), goal: "2,000,000/s")
    }

    private func measureLatency(_ swarm: ClientSwarm, _ producer: HTTPProducer, _ report: BenchReport) throws {
        let body = producer.request([options.bench.event(1)])
        var times: [Double] = []
        for _ in 0..<max(100, rounds * 10) {
            swarm.mark()
            let start = ContinuousClock.now
            try producer.send(body)
            try swarm.read(until: 1)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            try producer.receive()
        }
        let raw = try rawLatencies(count: times.count)
        for (name, share, goal) in [("p50", 50, nil), ("p99", 99, "≤ 20 ms")] as [(String, Int, String?)] {
            report.add(
                "one event to \(sockets), last receipt, \(name)", times.percentile(share), "ms",
                baseline: ("bare sockets", raw.percentile(share)), goal: goal)
        }
    }

    /// Milliseconds that a thread takes to write one frame to every bare socket, without a log.
    private func rawLatencies(count: Int) throws -> [Double] {
        let sender = try RawSender()
        let swarm = ClientSwarm(port: sender.port)
        try swarm.connectRaw(sockets)
        sender.accept(sockets)
        let frame = RawSender.frames(bytes: 1).bytes
        return try (0..<count).map { _ in
            swarm.mark()
            let start = ContinuousClock.now
            sender.start(frame, times: 1)
            try swarm.read(until: 1)
            return (ContinuousClock.now - start) / .milliseconds(1)
        }
    }
}

// MARK: Polling

extension FanoutBenchmark {
    func measurePolling(_ server: ServerProcess, _ report: BenchReport) throws {
        let (ours, raw) = (try run(server.port), try run(try RawResponder.polling()))
        report.add(
            "requests of \(polling) polling clients", Double(ours.requests) / ours.seconds, "requests/s",
            baseline: ("bare sockets", Double(raw.requests) / raw.seconds), goal: "≥ 3,000/s")
        for share in [50, 99] {
            report.add(
                "polling, event to ack, p\(share)", ours.trips.percentile(share), "ms",
                baseline: ("bare sockets", raw.trips.percentile(share)))
        }
    }

    private func run(_ responder: RawResponder) throws -> PollingSwarm.Figures {
        try withExtendedLifetime(responder) { try run(responder.port) }
    }

    private func run(_ port: UInt16) throws -> PollingSwarm.Figures {
        let swarm = try PollingSwarm(port: port, count: polling)
        // A tenth of the trips warms up the server.
        _ = try swarm.run(trips: max(1, trips / 10))
        return try swarm.run(trips: trips)
    }
}

// MARK: A stalled reader

extension FanoutBenchmark {
    func measureStalled(_ server: ServerProcess, _ report: BenchReport) throws {
        let producer = try HTTPProducer(port: server.port)
        let subscription = SocketDialect.Subscription(after: "live", topics: "stalled")
        let readers = options.swarm(server)
        try readers.connect(10, subscription)
        try readers.read(until: 1)
        // Fills the server's cache of encoded chunks first; all readers share the cache.
        _ = try pass(events / 4, readers, producer)
        let filled = server.memory
        let alone = try pass(events, readers, producer)
        let before = server.memory
        let stalled = options.swarm(server)
        try stalled.connect(1, subscription)
        let beside = try withExtendedLifetime(stalled) { try pass(events, readers, producer) }
        let after = server.memory
        report.add("memory, \(events) events passing", Double(before - filled) / 1_048_576, "MiB")
        report.add(
            "memory, as many passing a stalled reader", Double(after - before) / 1_048_576, "MiB", goal: "≤ 1 MiB")
        report.add("events/s past it to 10 readers", beside, "events/s", baseline: ("without it", alone))
        try readers.checkOrder()
    }

    /// Appends `count` events, waits until all readers have them, and returns events a second.
    private func pass(_ count: Int, _ readers: ClientSwarm, _ producer: HTTPProducer) throws -> Double {
        let events = (0..<Self.group).map { number in
            var event = options.bench.event(number)
            event.topic = "stalled"
            return event
        }
        let body = producer.request(events)
        let start = ContinuousClock.now
        for _ in 0..<count / Self.group {
            readers.mark()
            try producer.send(body)
            try readers.read(until: Self.group)
            try producer.receive()
        }
        return Double(count / Self.group * Self.group) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
