import JSON
import Testing

@Suite("bench")
struct BenchTests {
    private static let fanout = [
        "fanout", "--sockets", "3", "--burst", "20", "--rounds", "1", "--events", "4000", "--connections", "120", "--settle", "0",
    ]
    private static let delivery = [
        "bursts of 20 to 3 Ss", "one event to 3, last receipt, p50", "one event to 3, last receipt, p99", "memory, 4000 events passing",
        "memory, as many passing a stalled reader", "events/s past it to 10 readers",
    ]
    private static let polling = ["requests of 4 polling clients", "polling, event to ack, p50", "polling, event to ack, p99"]

    @Test("fan-out to WebSockets gives every figure")
    func webSockets() async throws {
        let figures = try await figures(Self.fanout)
        #expect(figures.map(\.name) == ["120 Ss established", "idle S, of 120"].map(webSocket) + Self.delivery.map(webSocket))
    }

    @Test("fan-out over Socket.IO gives the same figures, and those of clients that poll")
    func socketIO() async throws {
        let figures = try await figures(Self.fanout + ["--socketio", "--polling", "4", "--trips", "10"])
        let delivery = Self.delivery.map(socketIO)
        #expect(
            figures.map(\.name) == ["120 Ss established", "idle S, of 120"].map(socketIO) + delivery.prefix(3) + Self.polling
                + delivery.dropFirst(3))
        for figure in figures where !figure.name.contains("memory") && !figure.name.contains("idle") { #expect(figure.value > 0) }
    }

    @Test("replay gives the same figures over both", arguments: [[], ["--socketio"]])
    func replay(_ flags: [String]) async throws {
        let figures = try await figures(["replay", "--events", "3000", "--sockets", "5"] + flags)
        let names = [
            "start, 3000 events, no snapshot", "start, 3000 events, with a snapshot", "replay to one S, first", "replay to one S, again",
            "5 Ss, 300 events each", "memory above idle meanwhile",
        ]
        #expect(figures.map(\.name) == names.map(flags.isEmpty ? webSocket : socketIO))
        for figure in figures.prefix(5) { #expect(figure.value > 0, "\(figure)") }
    }

    /// `S` stands for a socket.
    private func webSocket(_ name: String) -> String { named(name, "WebSocket") }
    private func socketIO(_ name: String) -> String { named(name, "Socket.IO socket") }

    private func named(_ name: String, _ socket: String) -> String {
        name.replacing("S", with: socket)
    }

    private struct Figure {
        let name: String
        let value: Double
    }

    private func figures(_ arguments: [String]) async throws -> [Figure] {
        let result = try await Tool.run(["bench"] + arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        return try result.lines.map { line in
            let object = try #require(try JSONValue(parsing: Array(line.utf8)).object)
            let text = try #require(object["value"]?.number?.text)
            return Figure(name: try #require(object["figure"]?.string), value: try #require(Double(text)))
        }
    }
}
