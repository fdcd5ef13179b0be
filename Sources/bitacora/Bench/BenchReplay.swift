import ArgumentParser
import EventLog
import JSON
import NIOCore

/// `bitacora bench replay`: history to one late socket.
struct BenchReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Replay a long history to one WebSocket, and to many at once.",
        discussion: """
            Example: bitacora bench replay --events 1000000

            The baseline writes as many bytes through a bare loopback socket to the same client.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Events of the history.")
    var events = 1_000_000

    @Option(help: "Sockets that reconnect together, for a tenth of the history each.")
    var sockets = 1000

    @Option(help: ArgumentHelp("The templates of the server that is measured.", valueName: "dir"))
    var views = "Views"

    func run() async throws {
        let report = BenchReport(isJSON: options.isJSON)
        try await options.inTemporaryDirectory { directory in
            try await options.fill(directory + "/log", count: events)
            let folding = try ServerProcess(log: directory + "/log", views: views)
            report.add("start, \(events) events, no snapshot", folding.startTime, "s", goal: "≤ 5 s")
            folding.stop()
            let server = try ServerProcess(log: directory + "/log", views: views)
            report.add("start, \(events) events, with a snapshot", server.startTime, "s", goal: "≤ 1 s")
            try measureOne(server, report)
            try measureMany(server, report)
        }
    }

    private func measureOne(_ server: ServerProcess, _ report: BenchReport) throws {
        for round in ["first", "again"] {
            let swarm = ClientSwarm(port: server.port)
            let start = ContinuousClock.now
            try swarm.connect(1, path: "/api/events")
            try swarm.read(until: events)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            try check(swarm)
            let raw = try Self.rawSeconds(bytes: swarm.bytes, sockets: 1)
            report.add(
                "replay to one socket, \(round)", Double(events) / seconds, "events/s",
                baseline: ("bare socket", Double(events) / raw), goal: "3,000,000/s")
        }
    }

    private func measureMany(_ server: ServerProcess, _ report: BenchReport) throws {
        let before = server.memory
        let share = events / 10
        let swarm = ClientSwarm(port: server.port)
        try swarm.connect(sockets, path: "/api/events?after=live")
        let idle = server.memory
        report.add("idle socket, of \(sockets)", Double(idle - before) / Double(sockets) / 1024, "KiB", goal: "≤ 16 KiB")
        let late = ClientSwarm(port: server.port)
        let start = ContinuousClock.now
        try late.connect(sockets, path: "/api/events?after=\(events - share)")
        var peak = 0
        let quarter = max(1, share / 16)
        for goal in stride(from: quarter, through: share, by: quarter) {
            try late.read(until: goal)
            peak = max(peak, server.memory)
        }
        try late.read(until: share)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try check(late)
        let raw = try Self.rawSeconds(bytes: late.bytes, sockets: sockets)
        report.add(
            "\(sockets) sockets, \(share) events each", Double(sockets * share) / seconds, "deliveries/s",
            baseline: ("bare sockets", Double(sockets * share) / raw), goal: "2,000,000/s")
        report.add("memory above idle meanwhile", Double(peak - idle) / 1_048_576, "MiB", goal: "≤ 64 MiB")
    }

    private func check(_ swarm: ClientSwarm) throws {
        if swarm.isOutOfOrder { throw Failure(ExitStatus.refused, "a client got events out of order") }
    }

    /// How long as many bytes take through bare sockets to the same kind of client.
    static func rawSeconds(bytes: Int, sockets: Int) throws -> Double {
        let sender = try RawSender()
        let swarm = ClientSwarm(port: sender.port)
        try swarm.connectRaw(sockets)
        sender.accept(sockets)
        let chunk = Self.frames(bytes: min(128 << 10, max(bytes / sockets, 1)))
        let times = max(1, bytes / sockets / chunk.bytes.count)
        let start = ContinuousClock.now
        sender.start(chunk.bytes, times: times)
        try swarm.read(until: times * chunk.count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return seconds * Double(bytes) / Double(max(swarm.bytes, 1))
    }

    /// Frames of about 350 bytes that fill `bytes`.
    static func frames(bytes: Int) -> (bytes: [UInt8], count: Int) {
        let frame: [UInt8] = [0x81, 126, 1, 94] + [UInt8](repeating: UInt8(ascii: " "), count: 350)
        let count = max(1, bytes / frame.count)
        return ((0..<count).flatMap { _ in frame }, count)
    }
}
