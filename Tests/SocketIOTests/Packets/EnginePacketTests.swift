import NIOCore
import SocketIO
import Testing

@Suite("Engine.IO packets")
struct EnginePacketTests {
    static let texts: [(String, EnginePacket)] = [
        ("0{}", .open(buffer("{}"))),
        ("1", .close),
        ("1ignored", .close),
        ("2", .ping(buffer(""))),
        ("2probe", .ping(buffer("probe"))),
        ("3", .pong(buffer(""))),
        ("3probe", .pong(buffer("probe"))),
        ("4", .message(buffer(""))),
        ("4héllo", .message(buffer("héllo"))),
        ("5", .upgrade),
        ("6", .noop),
    ]

    @Test("a text packet is its type and the text after it", arguments: texts)
    func reads(text: String, packet: EnginePacket) throws {
        #expect(try EnginePacket(text: buffer(text)) == packet)
    }

    @Test(
        "base64 after a b is binary",
        arguments: [
            ("b", []), ("bAQ==", [1]), ("bAQID", [1, 2, 3]), ("b+/+/", [0xFB, 0xFF, 0xBF]),
        ] as [(String, [UInt8])])
    func readsBase64(text: String, bytes: [UInt8]) throws {
        #expect(try EnginePacket(text: buffer(text)) == .binary(buffer(bytes)))
    }

    @Test(
        "an empty text, an unknown type and invalid base64 are refused",
        arguments: [
            "", "7", "abc", "\u{1E}", "-1", "é", "b%", "bAQ", "bAQ=", "bAR==", "b-_-_", "bAQID ", "bAQID\n",
        ])
    func refuses(text: String) {
        #expect(throws: PacketError.self) { try EnginePacket(text: buffer(text)) }
    }

    static let rendered: [(EnginePacket, String, [UInt8])] = [
        (.close, "1", [0x81, 1, 0x31]),
        (.ping(buffer("")), "2", [0x81, 1, 0x32]),
        (.pong(buffer("probe")), "3probe", [0x81, 6] + Array("3probe".utf8)),
        (.message(buffer("é")), "4é", [0x81, 3, 0x34, 0xC3, 0xA9]),
        (.upgrade, "5", [0x81, 1, 0x35]),
        (.noop, "6", [0x81, 1, 0x36]),
        (.binary(buffer([1, 2, 3, 4])), "bAQIDBA==", [0x82, 4, 1, 2, 3, 4]),
        (.binary(buffer([])), "b", [0x82, 0]),
    ]

    @Test("a packet is encoded for the transport", arguments: rendered)
    func renders(packet: EnginePacket, polling: String, frame: [UInt8]) {
        var body = ByteBuffer()
        packet.append(to: &body, for: .polling)
        #expect(String(buffer: body) == polling)
        packet.append(to: &body, for: .polling)
        #expect(String(buffer: body) == polling + "\u{1E}" + polling)
        var frames = ByteBuffer()
        packet.append(to: &frames, for: .webSocket)
        packet.append(to: &frames, for: .webSocket)
        #expect(Array(buffer: frames) == frame + frame)
    }

    @Test("the handshake has its five keys in their order")
    func handshake() {
        let polling = EnginePacket.handshake(
            sid: "abc", canUpgrade: true, pingInterval: .seconds(25), pingTimeout: .seconds(20),
            maximumPayload: 1_000_000)
        #expect(
            polling
                == .open(
                    buffer(
                        #"{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
                    )))
        let webSocket = EnginePacket.handshake(
            sid: "abc", canUpgrade: false, pingInterval: .milliseconds(300), pingTimeout: .milliseconds(1_250),
            maximumPayload: 9)
        #expect(
            webSocket
                == .open(
                    buffer(
                        #"{"sid":"abc","upgrades":[],"pingInterval":300,"pingTimeout":1250,"maxPayload":9}"#)))
    }
}
