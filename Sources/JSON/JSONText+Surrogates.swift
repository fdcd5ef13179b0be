extension JSONText {
    /// Writes `\ufffd`, the replacement character, over each `\u` escape that is half of a surrogate
    /// pair: what browsers do to such strings themselves when they send them as UTF-8
    /// (Web IDL, USVString), and what `JSON.stringify` leaves to the receiver.
    ///
    /// Nothing else changes, the length neither, and the text need not be JSON.
    ///
    /// - Returns: whether there was such an escape.
    public static func replaceLoneSurrogates(in text: inout [UInt8]) -> Bool {
        guard var position = text.firstIndex(of: UInt8(ascii: "\\")) else { return false }
        var isChanged = false
        while position < text.count {
            guard text[position] == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            switch (surrogate(at: position, of: text), surrogate(at: position + 6, of: text)) {
            case (nil, _):
                position += 2
            case (.high, .low):
                position += 12
            default:
                text.replaceSubrange(position + 2..<position + 6, with: "fffd".utf8)
                isChanged = true
                position += 6
            }
        }
        return isChanged
    }

    private enum Surrogate { case high, low }

    /// Which half the escape `\uD800`…`\uDFFF` at the position is; nil for anything else.
    private static func surrogate(at position: Int, of text: [UInt8]) -> Surrogate? {
        guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u"),
            let unit = UInt16(String(decoding: text[position + 2..<position + 6], as: UTF8.self), radix: 16)
        else { return nil }
        return switch unit {
        case 0xD800...0xDBFF: .high
        case 0xDC00...0xDFFF: .low
        default: nil
        }
    }
}
