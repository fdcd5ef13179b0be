import ArgumentParser
import EventLog
import JSON
import NIOCore

/// `bitacora bench fanout`: live events to many sockets.
struct BenchFanout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "Bursts of events, and single ones, to many live WebSockets.",
        discussion: """
            Example: bitacora bench fanout --sockets 1000 --burst 200

            The baseline writes as many bytes through bare loopback sockets to the same clients.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Live sockets.")
    var sockets = 1000

    @Option(help: "Events of a burst: one append, one commit.")
    var burst = 200

    @Option(help: "Bursts to measure.")
    var rounds = 20

    @Option(help: "Events that pass a stalled reader.")
    var events = 1_000_000

    @Option(help: ArgumentHelp("The templates of the server that is measured.", valueName: "dir"))
    var views = "Views"

    func run() async throws {
        let report = BenchReport(isJSON: options.isJSON)
        try await options.inTemporaryDirectory { directory in
            let server = try ServerProcess(log: directory + "/log", views: views)
            let producer = try BenchProducer(port: server.port)
            // What a first connection costs once is not what an idle socket costs.
            _ = try ClientSwarm(port: server.port).connect(1, path: "/api/events")
            let empty = server.memory
            let swarm = ClientSwarm(port: server.port)
            try swarm.connect(sockets, path: "/api/events?after=live")
            try swarm.read(until: 1)  // `replayed`
            report.add("idle socket, of \(sockets)", Double(server.memory - empty) / Double(sockets) / 1024, "KiB", goal: "≤ 16 KiB")
            try measureBursts(swarm, producer, report)
            try measureLatency(swarm, producer, report)
            try measureStalled(server, producer, report)
            if swarm.isOutOfOrder { throw Failure(ExitStatus.refused, "a client got events out of order") }
        }
    }

    private func measureBursts(_ swarm: ClientSwarm, _ producer: BenchProducer, _ report: BenchReport) throws {
        let body = producer.request((0..<burst).map(options.event))
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
        let raw = try BenchReplay.rawSeconds(bytes: bytes / rounds, sockets: sockets) * Double(rounds)
        let deliveries = Double(sockets * burst * rounds)
        report.add(
            "bursts of \(burst) to \(sockets) sockets", deliveries / total, "deliveries/s",
            baseline: ("bare sockets", deliveries / raw), goal: "2,000,000/s")
    }

    private func measureLatency(_ swarm: ClientSwarm, _ producer: BenchProducer, _ report: BenchReport) throws {
        let body = producer.request([options.event(1)])
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
        let frame = BenchReplay.frames(bytes: 1).bytes
        return try (0..<count).map { _ in
            swarm.mark()
            let start = ContinuousClock.now
            sender.start(frame, times: 1)
            try swarm.read(until: 1)
            return (ContinuousClock.now - start) / .milliseconds(1)
        }
    }

    /// A reader that never reads while others do.
    private func measureStalled(_ server: ServerProcess, _ producer: BenchProducer, _ report: BenchReport) throws {
        let readers = ClientSwarm(port: server.port)
        try readers.connect(10, path: "/api/events?after=live&topics=stalled")
        try readers.read(until: 1)
        let group = 1000
        // The cache of encoded chunks fills up first; it is nobody's in particular.
        _ = try pass(events / 4, group, readers, producer)
        let filled = server.memory
        let alone = try pass(events, group, readers, producer)
        let before = server.memory
        let stalled = ClientSwarm(port: server.port)
        try stalled.connect(1, path: "/api/events?after=live&topics=stalled")
        let beside = try pass(events, group, readers, producer)
        report.add("memory, \(events) events passing", Double(before - filled) / 1_048_576, "MiB")
        report.add("memory, as many passing a stalled reader", Double(server.memory - before) / 1_048_576, "MiB", goal: "≤ 1 MiB")
        report.add("events/s past it to 10 readers", beside, "events/s", baseline: ("without it", alone))
    }

    private func pass(_ count: Int, _ group: Int, _ readers: ClientSwarm, _ producer: BenchProducer) throws -> Double {
        let events = (0..<group).map { number in
            var event = options.event(number)
            event.topic = "stalled"
            return event
        }
        let body = producer.request(events)
        let start = ContinuousClock.now
        for _ in 0..<count / group {
            readers.mark()
            try producer.send(body)
            try readers.read(until: group)
            try producer.receive()
        }
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }
}

extension [Double] {
    /// The value that `share` of a hundred do not exceed.
    fileprivate func percentile(_ share: Int) -> Double { sorted()[Swift.min(count - 1, count * share / 100)] }
}
