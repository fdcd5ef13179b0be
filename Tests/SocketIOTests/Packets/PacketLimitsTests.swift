import NIOCore
import SocketIO
import Testing

@Suite("Limits of Socket.IO packets")
struct PacketLimitsTests {
    @Test("a namespace has at most 255 bytes, with and without a comma", arguments: ["", ","])
    func namespace(comma: String) throws {
        let longest = "/" + String(repeating: "é", count: 127)
        #expect(try socketPacket("0" + longest + comma) == .connect(namespace: longest, auth: nil))
        #expect(throws: PacketError.self) { try socketPacket("0" + longest + "x" + comma) }
    }

    @Test("a namespace contains no control character", arguments: ["\u{0}", "\n", "\u{1E}", "\u{1F}", "\u{7F}"])
    func namespaceCharacters(character: String) {
        #expect(throws: PacketError.self) { try socketPacket("0/a\(character)b,") }
        #expect(throws: PacketError.self) { try socketPacket("2/\(character),[\"e\"]") }
    }

    @Test("a name has at most 255 bytes, with any escapes")
    func name() throws {
        let longest = String(repeating: "n", count: 255)
        #expect(try socketPacket("2[\"\(longest)\"]") != nil)
        #expect(throws: PacketError.self) { try socketPacket("2[\"\(longest)n\"]") }
        let escaped = String(repeating: #"\u0041"#, count: 255)
        #expect(try socketPacket("2[\"\(escaped)\"]") != nil)
        #expect(throws: PacketError.self) { try socketPacket("2[\"\(escaped)A\"]") }
        #expect(throws: PacketError.self) { try socketPacket("2[1\(String(repeating: "0", count: 255))]") }
    }

    @Test("a packet has at most ten attachments")
    func attachments() throws {
        #expect(try socketPacket(#"510-["e"]"#) == nil)
        #expect(throws: PacketError.self) { try socketPacket(#"511-["e"]"#) }
        #expect(throws: PacketError.self) { try socketPacket(#"611-1[]"#) }
        var none = PacketLimits()
        none.maximumAttachments = 0
        #expect(try socketPacket(#"50-["e"]"#, limits: none) != nil)
        #expect(throws: PacketError.self) { try socketPacket(#"51-["e"]"#, limits: none) }
    }

    @Test("a payload nests at most 64 deep, the array of arguments counted")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            "2[\"e\"," + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "]"
        }
        #expect(try socketPacket(nested(64)) != nil)
        #expect(throws: PacketError.self) { try socketPacket(nested(65)) }
        #expect(throws: PacketError.self) { try socketPacket("2" + String(repeating: "[", count: 1_000_000)) }
        #expect(throws: PacketError.self) { try socketPacket("50-" + nested(65).dropFirst()) }
    }

    @Test("too many digits are refused without an overflow")
    func digits() {
        let digits = String(repeating: "9", count: 10_000)
        #expect(throws: PacketError.self) { try socketPacket("2\(digits)[\"e\"]") }
        #expect(throws: PacketError.self) { try socketPacket("5\(digits)-[\"e\"]") }
    }
}
