/// Live events to many sockets.
extension BenchFanout {
    func measureDelivery(_ server: ServerProcess, _ report: BenchReport) throws {
        let producer = try BenchProducer(port: server.port)
        let swarm = options.swarm(server)
        try swarm.connect(sockets, .live)
        try swarm.read(until: 1)  // `replayed`
        try measureBursts(swarm, producer, report)
        try measureLatency(swarm, producer, report)
        try swarm.checkOrder()
    }

    private func measureBursts(_ swarm: ClientSwarm, _ producer: BenchProducer, _ report: BenchReport) throws {
        let body = producer.request((0..<burst).map(options.bench.event))
        var total = 0.0
        var bytes = 0
        for round in 0..<rounds + 2 {
            swarm.mark()
            let start = ContinuousClock.now
            try producer.send(body)
            try swarm.read(until: burst)
            // The first two warm everything up.
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

    private func measureLatency(_ swarm: ClientSwarm, _ producer: BenchProducer, _ report: BenchReport) throws {
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

    /// The same from a thread that writes one frame to every bare socket, without a log.
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
