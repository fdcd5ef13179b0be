/// Bytes as text (RFC 4648), from memory to memory.
package enum Base64 {
    /// The characters that stand for six bits each.
    package enum Alphabet: Sendable {
        /// With `+`, `/` and padding (section 4).
        case standard
        /// With `-`, `_` and no padding: fit for URLs and file names (section 5).
        case url

        var isPadded: Bool { self == .standard }
        fileprivate var characters: [UInt8] { self == .standard ? Base64.standardCharacters : Base64.urlCharacters }
        var values: [UInt8] { self == .standard ? Base64.standardValues : Base64.urlValues }
    }

    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardCharacters = Array((common + "+/").utf8)
    private static let urlCharacters = Array((common + "-_").utf8)
    private static let standardValues = values(of: standardCharacters)
    private static let urlValues = values(of: urlCharacters)
    /// Not a value: none of the others has the high bit.
    static let none: UInt8 = 0x80
    static let padding = UInt8(ascii: "=")

    /// The six bits of each character; `none` for one that is not of the alphabet.
    private static func values(of characters: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: none, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }

    // MARK: Encoding

    /// How many characters the text of `count` bytes has.
    package static func encodedCount(_ count: Int, _ alphabet: Alphabet = .standard) -> Int {
        alphabet.isPadded ? (count + 2) / 3 * 4 : (count * 4 + 2) / 3
    }

    /// Writes the text of `bytes` at `room`, which has place for `encodedCount` characters, and returns their count.
    package static func encode(
        _ bytes: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ alphabet: Alphabet = .standard
    ) -> Int {
        let count = encodedCount(bytes.count, alphabet)
        let room = UnsafeMutableRawBufferPointer(start: room, count: count)
        alphabet.characters.withUnsafeBufferPointer { encode(bytes, to: room, $0) }
        return count
    }

    private static func encode(
        _ source: UnsafeRawBufferPointer, to room: UnsafeMutableRawBufferPointer,
        _ characters: UnsafeBufferPointer<UInt8>
    ) {
        var place = 0
        var index = 0
        while index + 3 <= source.count {
            let group = Int(source[index]) << 16 | Int(source[index + 1]) << 8 | Int(source[index + 2])
            for shift in 0..<4 { room[place + shift] = characters[group >> (18 - 6 * shift) & 63] }
            index += 3
            place += 4
        }
        let left = source.count - index
        guard left > 0 else { return }
        let group = Int(source[index]) << 16 | (left == 2 ? Int(source[index + 1]) << 8 : 0)
        for shift in 0..<(room.count - place) {
            room[place + shift] = shift <= left ? characters[group >> (18 - 6 * shift) & 63] : padding
        }
    }

    /// The text of bytes.
    package static func encoded(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        String(unsafeUninitializedCapacity: encodedCount(bytes.count, alphabet)) { room in
            guard let start = room.baseAddress else { return 0 }
            return bytes.withUnsafeBytes { encode($0, to: start, alphabet) }
        }
    }
}
