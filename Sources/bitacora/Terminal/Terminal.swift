import Glibc

/// The width and colours of an output.
struct Terminal {
    /// The width in columns; nil when the output is not a terminal, and lines can have any length.
    let width: Int?
    let hasColours: Bool
    private let descriptor: Int32

    static var standardOutput: Terminal { Terminal(descriptor: STDOUT_FILENO) }
    static var standardError: Terminal { Terminal(descriptor: STDERR_FILENO) }

    /// A terminal without a descriptor, to format text for a width.
    init(width: Int?, hasColours: Bool = false) {
        self.width = width
        self.hasColours = hasColours
        descriptor = -1
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        guard isatty(descriptor) == 1 else {
            width = nil
            hasColours = false
            return
        }
        width = Self.columns(of: descriptor)
        // https://no-color.org: set and not empty.
        hasColours = (Self.variable("NO_COLOR") ?? "").isEmpty && Self.variable("TERM") != "dumb"
    }

    var isTerminal: Bool { width != nil }

    /// Writes text without a buffer, and ignores errors; for messages on standard error.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func columns(of descriptor: Int32) -> Int {
        if let columns = variable("COLUMNS").flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// The width of text on a terminal.
enum DisplayText {
    /// The number of columns that `text` takes.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// The beginning of `text` in at most `width` columns; ends with `…` when the text is truncated.
    static func cut(_ text: String, to width: Int) -> String {
        // Each column takes at least one byte.
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

    /// The blocks of wide East Asian characters (Unicode Standard Annex 11).
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]
}

/// A style of text on a terminal (ECMA-48, SGR).
enum Colour: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"

    func paint(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
