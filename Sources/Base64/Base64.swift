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

extension Base64 {
    /// The bytes of a text; nil unless it is in this alphabet, padded as it should be, and nothing else.
    package static func decoded(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var text = text
        return text.withUTF8 { characters -> [UInt8]? in
            var isSound = false
            let bytes = [UInt8](unsafeUninitializedCapacity: characters.count) { room, count in
                guard let start = room.baseAddress else {
                    isSound = characters.isEmpty
                    return
                }
                let decoded = decode(UnsafeRawBufferPointer(characters), to: start, alphabet)
                isSound = decoded != nil
                count = decoded ?? 0
            }
            return isSound ? bytes : nil
        }
    }

    /// Writes the bytes of `text` at `room`, which has place for three bytes for each four characters begun,
    /// and returns their count; nil when the text is not sound: then the room holds anything.
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
            let place = whole.count / 4 * 3
            guard decodeLast(last, to: room + place, values) else { return nil }
            return place + max(rest - 1, 0)
        }
    }

    private static func decodeGroups(
        _ source: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var faults: UInt8 = 0
        var place = room.assumingMemoryBound(to: UInt8.self)
        for index in stride(from: 0, to: source.count, by: 4) {
            var group: UInt32 = 0
            for offset in 0..<4 {
                let value = values[Int(source[index + offset])]
                faults |= value
                group = group << 6 | UInt32(value & 63)
            }
            place[0] = UInt8(truncatingIfNeeded: group >> 16)
            place[1] = UInt8(truncatingIfNeeded: group >> 8)
            place[2] = UInt8(truncatingIfNeeded: group)
            place += 3
        }
        return faults & none == 0
    }

    /// Decodes the last two or three characters, if there are any.
    private static func decodeLast(
        _ source: UnsafeRawBufferPointer, to room: UnsafeMutableRawPointer, _ values: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var group: UInt32 = 0
        for character in source {
            let value = values[Int(character)]
            guard value & none == 0 else { return false }
            group = group << 6 | UInt32(value)
        }
        // Bits beyond the last byte must be zero, or two texts would be one.
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
