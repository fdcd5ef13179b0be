import EventLog

/// A reader that never reads while others do.
extension BenchFanout {
    func measureStalled(_ server: ServerProcess, _ report: BenchReport) throws {
        let producer = try BenchProducer(port: server.port)
        let interest = SwarmDialect.Interest(after: "live", topics: "stalled")
        let readers = options.swarm(server)
        try readers.connect(10, interest)
        try readers.read(until: 1)
        // The cache of encoded chunks fills up first; it is nobody's in particular.
        _ = try pass(events / 4, readers, producer)
        let filled = server.memory
        let alone = try pass(events, readers, producer)
        let before = server.memory
        let stalled = options.swarm(server)
        try stalled.connect(1, interest)
        let beside = try withExtendedLifetime(stalled) { try pass(events, readers, producer) }
        let after = server.memory
        report.add("memory, \(events) events passing", Double(before - filled) / 1_048_576, "MiB")
        report.add(
            "memory, as many passing a stalled reader", Double(after - before) / 1_048_576, "MiB", goal: "≤ 1 MiB")
        report.add("events/s past it to 10 readers", beside, "events/s", baseline: ("without it", alone))
        try readers.checkOrder()
    }

    /// - Returns: events a second.
    private func pass(_ count: Int, _ readers: ClientSwarm, _ producer: BenchProducer) throws -> Double {
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
