import EventLog
import JSON
import NIOCore
import Testing
import WebSocket
@testable import BitacoraServer

@Suite struct EventEncoderTests {
    /// Appends an event whose JSON has `count` bytes, and returns it encoded, with its JSON.
    private func encode(
        _ encoding: EventEncoding, jsonBytes count: Int
    ) async throws -> (encoded: [UInt8], json: [UInt8], log: LogID) {
        try await withLog { log in
            try await log.append(sample(topic: "a", type: "b", size: 0))
            let least = try log.json(1...1)[0].count
            try await log.append(sample(topic: "a", type: "b", size: count - least))
            var encoder = encoding.encoder(log: log.id)
            var output = ByteBuffer(string: "before")
            _ = try log.scan(after: 1) { event in
                encoder.append(event, to: &output)
                return true
            }
            #expect(output.readString(length: 6) == "before")
            return (Array(output.readableBytesView), try log.json(2...2)[0], log.id)
        }
    }

    @Test(
        "an event is one text frame with the shortest length",
        arguments: [
            (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (127, [0x81, 126, 0, 127]), (1000, [0x81, 126, 3, 232]),
            (65_535, [0x81, 126, 255, 255]), (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (1_000_000, [0x81, 127, 0, 0, 0, 0, 0, 15, 66, 64]),
        ] as [(Int, [UInt8])])
    func frames(count: Int, header: [UInt8]) async throws {
        let (encoded, json, _) = try await encode(.webSocket, jsonBytes: count)
        #expect(json.count == count)
        #expect(encoded == header + json)
    }

    @Test("an event is one block of an event stream, on one line", arguments: [125, 126, 65_535, 65_536])
    func blocks(count: Int) async throws {
        let (encoded, json, log) = try await encode(.serverSentEvents, jsonBytes: count)
        #expect(encoded == Array("id: \(log):2\ndata: ".utf8) + json + Array("\n\n".utf8))
        #expect(!json.contains(UInt8(ascii: "\n")))
    }

    @Test("events are encoded one after the other")
    func several() async throws {
        try await withLog { log in
            let sizes = [0, 1, 20, 21, 22, 300, 70_000, 5]
            for size in sizes { try await log.append(sample(topic: "a", type: "b", size: size)) }
            for encoding in [EventEncoding.webSocket, .serverSentEvents] {
                var encoder = encoding.encoder(log: log.id)
                var output = ByteBuffer()
                _ = try log.scan(after: 0) { event in
                    encoder.append(event, to: &output)
                    return true
                }
                let received = try Received(output, encoding)
                #expect(received.messages.map { $0.json["data"]?.string?.count } == sizes)
                #expect(received.offsets == Array(1...sizes.count))
            }
        }
    }

    @Test("control messages, in both encodings")
    func controls() throws {
        let log = LogID(rawValue: 255)
        let reset = Reset(reason: .otherLog, first: 1, head: 9, after: 0)
        let replayed = #"{"type":"replayed","head":9,"position":"00000000000000ff:9"}"#
        let restarted = #"{"type":"reset","reason":"other-log","first":1,"head":9,"position":"00000000000000ff:0"}"#
        let socket = EventEncoding.webSocket.encoder(log: log)
        #expect(
            Array(socket.replayed(9).readableBytesView) == [0x81, UInt8(replayed.utf8.count)] + Array(replayed.utf8))
        #expect(
            Array(socket.reset(reset).readableBytesView) == [0x81, UInt8(restarted.utf8.count)] + Array(restarted.utf8))
        let stream = EventEncoding.serverSentEvents.encoder(log: log)
        #expect(String(buffer: stream.replayed(9)) == "id: 00000000000000ff:9\nevent: replayed\ndata: \(replayed)\n\n")
        #expect(String(buffer: stream.reset(reset)) == "id: 00000000000000ff:0\nevent: reset\ndata: \(restarted)\n\n")
    }
}
