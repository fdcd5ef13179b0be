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
