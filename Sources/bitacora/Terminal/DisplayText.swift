/// How much room text takes on a terminal.
enum DisplayText {
    /// How many columns `text` takes.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// The beginning of `text` in at most `width` columns; its last is `…` where something is missing.
    static func cut(_ text: String, to width: Int) -> String {
        // A column takes a byte at the least.
        if text.utf8.count <= width || Self.width(text) <= width { return text }
        guard width > 0 else { return "" }
        var output = ""
        var used = 1
        for character in text {
            used += Self.width(character)
            if used > width { break }
            output.append(character)
        }
        return output + "…"
    }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x80 else { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        let isEmoji = scalar.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
        return isEmoji || wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Unicode Standard Annex 11: where East Asian scripts are wide, in blocks.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]
}
