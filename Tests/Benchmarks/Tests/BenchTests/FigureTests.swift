import Foundation
import Testing

@Suite("figures of the benchmarks")
struct FigureTests {
    private static let fanout = [
        "fanout", "--sockets", "3", "--burst", "20", "--rounds", "1", "--events", "4000", "--connections", "120",
        "--settle", "0",
    ]
    private static let delivery = [
        "bursts of 20 to 3 Ss", "one event to 3, last receipt, p50", "one event to 3, last receipt, p99",
        "memory, 4000 events passing",
        "memory, as many passing a stalled reader", "events/s past it to 10 readers",
    ]
    private static let polling = [
        "requests of 4 polling clients", "polling, event to ack, p50", "polling, event to ack, p99",
    ]

    @Test("fan-out to WebSockets prints every figure", .enabled(if: Bench.server != nil))
    func webSockets() async throws {
        let figures = try await figures(Self.fanout)
        #expect(
            figures.map(\.name) == ["120 Ss established", "idle S, of 120"].map(webSocket)
                + Self.delivery.map(webSocket))
    }

    @Test(
        "fan-out over Socket.IO prints the same figures, and those of polling clients",
        .enabled(if: Bench.server != nil))
    func socketIO() async throws {
        let figures = try await figures(Self.fanout + ["--socketio", "--polling", "4", "--trips", "10"])
        let delivery = Self.delivery.map(socketIO)
        #expect(
            figures.map(\.name) == ["120 Ss established", "idle S, of 120"].map(socketIO) + delivery.prefix(3)
                + Self.polling
                + delivery.dropFirst(3))
        for figure in figures where !figure.name.contains("memory") && !figure.name.contains("idle") {
            #expect(figure.value > 0)
        }
    }

    @Test(
        "replay prints the same figures over both", .enabled(if: Bench.server != nil), arguments: [[], ["--socketio"]])
    func replay(_ flags: [String]) async throws {
        let figures = try await figures(["replay", "--events", "3000", "--sockets", "5"] + flags)
        let names = [
            "start, 3000 events, no snapshot", "start, 3000 events, with a snapshot", "replay to one S, first",
            "replay to one S, again",
            "5 Ss, 300 events each", "memory above idle meanwhile",
        ]
        #expect(figures.map(\.name) == names.map(flags.isEmpty ? webSocket : socketIO))
        for figure in figures.prefix(5) { #expect(figure.value > 0, "\(figure)") }
    }

    private static let render = ["render", "--seconds", "0.1"]

    @Test("append prints every figure")
    func append() async throws {
        let figures = try await figures(["append", "--seconds", "0.2", "--producers", "5"])
        #expect(
            figures.map(\.name) == [
                "append, groups of 1", "append, groups of 100", "append, groups of 1000", "append, 5 producers of one",
            ])
        for figure in figures { #expect(figure.value > 0, "\(figure)") }
    }

    @Test("render prints every figure, and skips a peer that does not support a page")
    func render() async throws {
        let peer = ["--peer", "refusing=sh -c 'while read line; do echo cannot so; done' peer"]
        let figures = try await figures(Self.render + peer)
        #expect(
            figures.map { $0.name.replacing(/[0-9]+ (KB|bytes)/, with: "#") } == [
                "peak memory above the data, 10,000 products", "page of 1,000 products, #",
                "page of 10,000 products, #",
                "page of helpers and partial blocks, #", "… each row made from a model for the loop", "compile #",
            ])
        for figure in figures { #expect(figure.value > 0, "\(figure)") }
    }

    @Test(
        "a peer that prints other bytes, or nothing, ends the benchmark",
        arguments: [
            (
                "while read word view data file; do : > \"$1/$file\"; echo done; done", Int32(1),
                "bench: the output of other for 1,000 products differs from ours\n"
            ),
            ("exit", 2, "bench: the peer other answered nothing\n"),
            ("echo hello", 2, "bench: the peer other answered \"hello\"\n"),
        ])
    func comparesBytes(_ script: String, _ status: Int32, _ message: String) async throws {
        let result = try await Bench.run(Self.render + ["--peer", "other=sh -c '\(script)' peer"])
        #expect(result.status == status)
        #expect(result.errors == message)
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
        let server = ["fanout", "replay"].contains(arguments[0]) ? ["--server", try #require(Bench.server)] : []
        let result = try await Bench.run(arguments + ["--json"] + server)
        #expect(result.status == 0, "\(result.errors)")
        return try result.lines.map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            return Figure(
                name: try #require(object["figure"] as? String), value: try #require(object["value"] as? Double))
        }
    }
}
