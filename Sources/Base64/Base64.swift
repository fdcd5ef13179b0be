/// Base64 (RFC 4648), encoded and decoded from memory to memory.
package enum Base64 {
    /// The 64 characters, each of which stands for six bits.
    package enum Alphabet: Sendable {
        /// With `+`, `/` and padding (section 4).
        case standard
        /// With `-`, `_` and no padding, for URLs and file names (section 5).
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
    /// Marks a byte without a value; no value has the high bit.
    static let none: UInt8 = 0x80
    static let padding = UInt8(ascii: "=")

    /// The six bits of each byte; `none` for a byte that is not in the alphabet.
    private static func values(of characters: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: none, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }

    // MARK: Encoding

    /// The number of characters for `count` bytes.
    package static func encodedCount(_ count: Int, _ alphabet: Alphabet = .standard) -> Int {
        alphabet.isPadded ? (count + 2) / 3 * 4 : (count * 4 + 2) / 3
    }

    /// Encodes bytes.
    ///
    /// - Parameters:
    ///   - bytes: the bytes to encode.
    ///   - room: memory for at least `encodedCount` characters.
    ///   - alphabet: the characters to use.
    /// - Returns: the number of characters that were written.
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
        var position = 0
        var index = 0
        while index + 3 <= source.count {
            let group = Int(source[index]) << 16 | Int(source[index + 1]) << 8 | Int(source[index + 2])
            for shift in 0..<4 { room[position + shift] = characters[group >> (18 - 6 * shift) & 63] }
            index += 3
            position += 4
        }
        let left = source.count - index
        guard left > 0 else { return }
        let group = Int(source[index]) << 16 | (left == 2 ? Int(source[index + 1]) << 8 : 0)
        for shift in 0..<(room.count - position) {
            room[position + shift] = shift <= left ? characters[group >> (18 - 6 * shift) & 63] : padding
        }
    }

    /// The text for bytes.
    package static func encoded(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        String(unsafeUninitializedCapacity: encodedCount(bytes.count, alphabet)) { room in
            guard let start = room.baseAddress else { return 0 }
            return bytes.withUnsafeBytes { encode($0, to: start, alphabet) }
        }
    }
}

extension Base64 {
    /// The bytes of a text; nil when the text has another character or is not padded correctly.
    package static func decoded(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var text = text
        return text.withUTF8 { characters -> [UInt8]? in
            var isValid = false
            let bytes = [UInt8](unsafeUninitializedCapacity: characters.count) { room, count in
                guard let start = room.baseAddress else {
                    isValid = characters.isEmpty
                    return
                }
                let decoded = decode(UnsafeRawBufferPointer(characters), to: start, alphabet)
                isValid = decoded != nil
                count = decoded ?? 0
            }
            return isValid ? bytes : nil
        }
    }

    /// Decodes a text.
    ///
    /// - Parameters:
    ///   - text: the characters to decode.
    ///   - room: memory for three bytes for each four characters, rounded up.
    ///   - alphabet: the characters that are allowed.
    /// - Returns: the number of bytes that were written; nil when the text is not valid, and then the content of `room` is
    ///   undefined.
    package static func decode(
        _ text: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ alphabet: Alphabet = .standard
    ) -> Int? {
        var characters = text
        if alphabet.isPadded {
            guard text.count % 4 == 0 else { return nil }
            let paddings = text.suffix(2).count { $0 == padding }
            characters = UnsafeRawBufferPointer(rebasing: text.dropLast(paddings))
        }
        let rest = characters.count % 4
        guard rest != 1 else { return nil }
        return alphabet.values.withUnsafeBufferPointer { values in
            let whole = UnsafeRawBufferPointer(rebasing: characters.dropLast(rest))
            let last = UnsafeRawBufferPointer(rebasing: characters.suffix(rest))
            guard decodeGroups(whole, to: room, values) else { return nil }
            let count = whole.count / 4 * 3
            guard decodeLast(last, to: room + count, values) else { return nil }
            return count + max(rest - 1, 0)
        }
    }

    private static func decodeGroups(
        _ source: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var faults: UInt8 = 0
        var output = room.assumingMemoryBound(to: UInt8.self)
        for index in stride(from: 0, to: source.count, by: 4) {
            var group: UInt32 = 0
            for offset in 0..<4 {
                let value = values[Int(source[index + offset])]
                faults |= value
                group = group << 6 | UInt32(value & 63)
            }
            output[0] = UInt8(truncatingIfNeeded: group >> 16)
            output[1] = UInt8(truncatingIfNeeded: group >> 8)
            output[2] = UInt8(truncatingIfNeeded: group)
            output += 3
        }
        return faults & none == 0
    }

    /// Decodes the last two or three characters, if there are any, and returns whether they are valid.
    private static func decodeLast(
        _ source: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var group: UInt32 = 0
        for character in source {
            let value = values[Int(character)]
            guard value & none == 0 else { return false }
            group = group << 6 | UInt32(value)
        }
        // Bits after the last byte must be zero, so that each byte sequence has only one text.
        switch source.count {
        case 2:
            room.storeBytes(of: UInt8(truncatingIfNeeded: group >> 4), as: UInt8.self)
            return group & 15 == 0
        case 3:
            room.storeBytes(of: UInt8(truncatingIfNeeded: group >> 10), as: UInt8.self)
            room.storeBytes(of: UInt8(truncatingIfNeeded: group >> 2), toByteOffset: 1, as: UInt8.self)
            return group & 3 == 0
        default: return true
        }
    }
}
