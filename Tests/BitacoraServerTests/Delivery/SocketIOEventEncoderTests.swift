import EventLog
import JSON
import NIOCore
import SocketIO
import Testing
@testable import BitacoraServer

@Suite struct SocketIOEventEncoderTests {
    private static func form(
        _ transport: Transport, _ namespace: String = "/", positions: Bool = true
    ) -> SocketIOFormat {
        SocketIOFormat(transport: transport, namespace: namespace, hasPositions: positions)
    }

    private func encode(_ form: SocketIOFormat, _ log: EventLog) throws -> ByteBuffer {
        var encoder = EventEncoding.socketIO(form).encoder(log: log.id)
        var output = ByteBuffer()
        _ = try log.scan(after: 0) { event in
            encoder.append(event, to: &output)
            return true
        }
        return output
    }

    private func meta(_ log: EventLog, _ offset: Offset) throws -> String {
        let event = try #require(try log.event(at: offset))
        return #"{"offset":\#(offset),"time":"\#(event.time)","topic":"\#(event.topic)","id":null,"source":null}"#
    }

    @Test("an event is named by its type, and ends with its position if asked for")
    func events() async throws {
        try await withLog { log in
            try await log.append(sample(topic: "a", type: "b", size: 1))
            let meta = try meta(log, 1)
            let expected = [
                (Self.form(.polling), #"42["b","x",\#(meta),"\#(log.id):1"]"#),
                (Self.form(.polling, positions: false), #"42["b","x",\#(meta)]"#),
                (Self.form(.polling, "/chat"), #"42/chat,["b","x",\#(meta),"\#(log.id):1"]"#),
            ]
            for (form, text) in expected { #expect(String(buffer: try encode(form, log)) == text) }
            let text = Array(#"42["b","x",\#(meta),"\#(log.id):1"]"#.utf8)
            let framed = Array(try encode(Self.form(.webSocket), log).readableBytesView)
            #expect(framed == [0x81, UInt8(text.count)] + text)
        }
    }

    @Test("events of every length are encoded one after the other, on both transports")
    func several() async throws {
        try await withLog { log in
            let sizes = [0, 1, 20, 300, 70_000, 5]
            for size in sizes { try await log.append(sample(topic: "a", type: "b", size: size)) }
            let polled = try PollingPayload.decode(try encode(Self.form(.polling), log))
            #expect(try polled.map(length) == sizes)
            let framed = PollingPayload.reframe(try encode(Self.form(.polling), log))
            let written = try encode(Self.form(.webSocket), log)
            #expect(written == framed)
        }
    }

    private func length(_ packet: EnginePacket) throws -> Int {
        guard case .message(let text) = packet else { throw TestFailure("\(packet) is no message") }
        var assembler = PacketAssembler()
        guard case .event(_, _, _, let arguments, _) = try assembler.receive(text: text) else {
            throw TestFailure("no event")
        }
        return try arguments.withUnsafeReadableBytes { try JSONValue(parsing: $0) }.array?[1].string?.utf8.count ?? -1
    }

    @Test("data that is not JSON is an attachment")
    func binary() async throws {
        try await withLog { log in
            try await log.append(NewEvent(topic: "a", type: "b", data: .bytes([1, 2, 3])))
            let text = #"451-/n,["b",{"_placeholder":true,"num":0},\#(try meta(log, 1)),"\#(log.id):1"]"#
            #expect(String(buffer: try encode(Self.form(.polling, "/n"), log)) == text + "\u{1e}bAQID")
            let frames = try encode(Self.form(.webSocket, "/n"), log)
            #expect(Array(frames.readableBytesView.suffix(5)) == [0x82, 3, 1, 2, 3])
        }
    }

    @Test("control messages are events, with the position from which a client resumes")
    func controls() {
        let log = LogID(rawValue: 255)
        let reset = Reset(reason: .otherLog, first: 3, head: 9, after: 2)
        let plain = EventEncoding.socketIO(Self.form(.polling, positions: false)).encoder(log: log)
        let recovering = EventEncoding.socketIO(Self.form(.polling, "/n")).encoder(log: log)
        #expect(String(buffer: plain.replayed(9)) == #"42["replayed",{"head":9,"position":"00000000000000ff:9"}]"#)
        #expect(
            String(buffer: recovering.replayed(9))
                == #"42/n,["replayed",{"head":9,"position":"00000000000000ff:9"},"00000000000000ff:9"]"#)
        #expect(
            String(buffer: recovering.reset(reset))
                == #"42/n,["reset",{"reason":"other-log","first":3,"head":9,"position":"00000000000000ff:2"},"00000000000000ff:2"]"#
        )
    }
}
