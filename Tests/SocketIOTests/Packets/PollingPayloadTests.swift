import FoundationEssentials
import NIOCore
import SocketIO
import TestSupport
import Testing

@Suite("Polling bodies")
struct PollingPayloadTests {
    @Test("a body is packets with one separator between them")
    func reads() throws {
        let packets = try PollingPayload.decode(buffer("4hello\u{1E}2\u{1E}4\u{1E}bAQIDBA==\u{1E}b\u{1E}4wörld"))
        #expect(
            packets == [
                .message(buffer("hello")), .ping(buffer("")), .message(buffer("")), .binary(buffer([1, 2, 3, 4])),
                .binary(buffer([])), .message(buffer("wörld")),
            ])
    }

    static let faulty = [
        "", "\u{1E}", "4a\u{1E}", "\u{1E}4a", "4a\u{1E}\u{1E}4b", "7", "4a\u{1E}x", "abc", "4a\u{1E}7",
        "bA", "bAQ", "bAQI", "bAQ=", "bAQ==AQID", "b====", "bA===", "b=AQI", "bAQ=I", "bAQI_", "bAQ-D", "bAQ D",
        "bAQID\n", "bAR==", "bAQJ=", "bAQIDé===",
    ]

    @Test("anything else is refused", arguments: faulty)
    func refuses(body: String) {
        #expect(throws: PacketError.self) { try PollingPayload.decode(buffer(body)) }
    }

    @Test(
        "a body that is not UTF-8 is refused, wherever the invalid bytes are",
        arguments: [
            [0x34, 0xFF], [0x34, 0xC3], [0x34, 0xC3, 0x1E, 0x34], [0x34, 0xED, 0xA0, 0x80], [0x34, 0xC0, 0x80], [0xC3],
        ])
    func refusesOtherBytes(body: [UInt8]) {
        #expect(throws: PacketError.self) { try PollingPayload.decode(buffer(body)) }
    }

    @Test("a body has at most the maximum number of packets")
    func bounds() throws {
        let body = buffer(Array(repeating: "4", count: 7).joined(separator: "\u{1E}"))
        #expect(try PollingPayload.decode(body, maximumPackets: 7).count == 7)
        #expect(throws: PacketError.self) { try PollingPayload.decode(body, maximumPackets: 6) }
        let full = Array(repeating: "6", count: 10_000).joined(separator: "\u{1E}")
        #expect(try PollingPayload.decode(buffer(full)).count == 10_000)
        #expect(throws: PacketError.self) { try PollingPayload.decode(buffer(full + "\u{1E}6")) }
    }

    @Test("base64 is the same as Foundation's, and decodes to the same bytes", arguments: SeededGenerator.seeds)
    func base64(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            var body = ByteBuffer()
            EnginePacket.binary(buffer(bytes)).append(to: &body, for: .polling)
            #expect(String(buffer: body) == "b" + Data(bytes).base64EncodedString(), "seed \(seed), length \(length)")
            #expect(try PollingPayload.decode(body) == [.binary(buffer(bytes))], "seed \(seed), length \(length)")
        }
    }

    @Test("base64 with a character that is not of the alphabet is refused at every place")
    func base64Alphabet() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for byte in UInt8(0)...0x7F where byte != 0x1E {
            for place in 1...8 {
                var body = Array("bAAAAAAAA".utf8)
                body[place] = byte
                let isAccepted = (try? PollingPayload.decode(buffer(body))) != nil
                // A padding at the very end is standard, too.
                let isSound = alphabet.contains(byte) || (byte == UInt8(ascii: "=") && place == 8)
                #expect(isAccepted == isSound, "byte \(byte) at \(place)")
            }
        }
    }

    @Test("packets that waited for a poll are encoded as WebSocket frames", arguments: SeededGenerator.seeds)
    func reframes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<100 {
            var body = ByteBuffer()
            var frames = ByteBuffer()
            for _ in 0..<Int.random(in: 0..<6, using: &random) {
                let packet = RandomPacket.outgoing(using: &random)
                packet.append(to: &body, for: .polling)
                packet.append(to: &frames, for: .webSocket)
            }
            #expect(PollingPayload.reframe(body) == frames, "seed \(seed), round \(round)")
        }
    }
}
