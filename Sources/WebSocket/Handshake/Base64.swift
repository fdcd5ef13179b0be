/// The base64 of the WebSocket handshake (RFC 4648 section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << ((3 - group.count) * 8)
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - place * 6) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the text stands for exactly 16 bytes: 22 characters of the alphabet and two `=`.
    static func isSixteenBytes(_ text: Substring) -> Bool {
        let characters = Array(text.utf8)
        return characters.count == 24 && characters.suffix(2).elementsEqual("==".utf8)
            && characters.prefix(22).allSatisfy(alphabet.contains)
    }
}
