import NIOCore
import SocketIO
import Testing

@Suite("Socket.IO packets, written")
struct OutgoingPacketTests {
    private static func raw(_ items: String, _ attachments: [UInt8]...) -> EncodedArguments {
        EncodedArguments(items: buffer(items), attachments: attachments.map { buffer($0) })
    }

    static let packets: [(OutgoingPacket, String)] = [
        (.event("e", .none), #"42["e"]"#),
        (.event("e", raw(#"1,{"a":"b"}"#)), #"42["e",1,{"a":"b"}]"#),
        (.event("a\"\\\n\u{1}é/", raw("1")), #"42["a\"\\\n\u0001é/",1]"#),
        (.event("e", raw("1"), namespace: "/a"), #"42/a,["e",1]"#),
        (.event("e", raw("1"), id: 0), #"420["e",1]"#),
        (.event("e", raw("1"), namespace: "/a", id: 12), #"42/a,12["e",1]"#),
        (.event("e", raw("{}", [1])), "451-[\"e\",{}]\u{1E}bAQ=="),
        (.event("e", raw("{}", [1], []), namespace: "/a", id: 3), "452-/a,3[\"e\",{}]\u{1E}bAQ==\u{1E}b"),
        (.ack(7, .none), "437[]"),
        (.ack(7, raw(#""res",2"#), namespace: "/a"), #"43/a,7["res",2]"#),
        (.ack(7, raw("{}", [1, 2, 3])), "461-7[{}]\u{1E}bAQID"),
        (.ack(9_007_199_254_740_991, array: Array("[1]".utf8), namespace: "/a"), "43/a,9007199254740991[1]"),
        (.connect(sid: "S"), #"40{"sid":"S"}"#),
        (.connect(sid: "S", pid: "P"), #"40{"sid":"S","pid":"P"}"#),
        (.connect(sid: "S", namespace: "/admin"), #"40/admin,{"sid":"S"}"#),
        (.connectError("Invalid namespace", namespace: "/x"), #"44/x,{"message":"Invalid namespace"}"#),
        (.connectError("\"no\"", data: Array("[1]".utf8)), #"44{"message":"\"no\"","data":[1]}"#),
        (.disconnect(), "41"),
        (.disconnect(namespace: "/a"), "41/a,"),
    ]

    @Test("a packet has these bytes", arguments: packets)
    func bytes(packet: OutgoingPacket, polling: String) throws {
        #expect(String(buffer: packet.encoded(for: .polling)) == polling)
        #expect(PollingPayload.reframe(buffer(polling)) == packet.encoded(for: .webSocket))
    }

    @Test("polling packets are separated, WebSocket frames are not")
    func several() {
        var body = ByteBuffer()
        var frames = ByteBuffer()
        for packet in [OutgoingPacket.disconnect(), .ack(1, .none)] {
            packet.append(to: &body, for: .polling)
            packet.append(to: &frames, for: .webSocket)
        }
        #expect(String(buffer: body) == "41\u{1E}431[]")
        #expect(Array(buffer: frames) == [0x81, 2] + Array("41".utf8) + [0x81, 5] + Array("431[]".utf8))
    }

    static let guardedPackets: [(OutgoingPacket, String)] = [
        (.event("e", raw(#""text""#)), #"42["e","text",null]"#),
        (.event("typing", .none, namespace: "/a"), #"42/a,["typing",null]"#),
        (.event("e", raw(#"1,"""#)), #"42["e",1,"",null]"#),
        (.event("e", raw(#"{"a":"b"}"#)), #"42["e",{"a":"b"}]"#),
        (.event("e", raw(#"["b"]"#)), #"42["e",["b"]]"#),
        (.event("e", raw(#""text",1"#)), #"42["e","text",1]"#),
        (.event("e", raw(#""text""#), id: 4), #"424["e","text"]"#),
        (.event("e", raw(#""text""#, [1])), "451-[\"e\",\"text\",null]\u{1E}bAQ=="),
        (.ack(4, raw(#""text""#)), #"434["text"]"#),
        (.connect(sid: "S"), #"40{"sid":"S"}"#),
        (.disconnect(), "41"),
    ]

    @Test("with a guard, an event never ends with a string, not even with its name", arguments: guardedPackets)
    func guarded(packet: OutgoingPacket, polling: String) {
        #expect(String(buffer: packet.encoded(for: .polling, guarded: true)) == polling)
        #expect(packet.encoded(for: .webSocket, guarded: true) == PollingPayload.reframe(buffer(polling)))
    }

    @Test(
        "a frame's length is right near the limits of its field's widths",
        arguments: [100, 125, 126, 127, 65_535, 65_536, 65_537], [false, true])
    func lengths(length: Int, guarded: Bool) throws {
        for shift in -12...0 {
            let text = String(repeating: "x", count: length + shift)
            let packet = OutgoingPacket.event("e", EncodedArguments(items: buffer("\"\(text)\"")))
            let packets = try enginePackets(packet.encoded(for: .webSocket, guarded: guarded), from: .webSocket)
            #expect(packets == [.message(buffer("2[\"e\",\"\(text)\"\(guarded ? ",null" : "")]"))])
        }
    }
}
