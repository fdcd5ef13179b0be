import EventLog

/// The names that an application may choose.
enum NameRule {
    /// The longest name of a collection, field, command or level, in bytes.
    static let maximumBytes = 64

    /// Names that Socket.IO and the control messages of a subscription use, so that no event or command may have them.
    static let reservedEvents: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "replayed", "reset",
        "ack",
    ]

    /// Whether a text is 1 … 64 letters, digits, `_` and `-`, and optionally dots, and begins with a letter or `_`.
    static func isName(_ text: String, allowsDots: Bool = false) -> Bool {
        guard (1...maximumBytes).contains(text.utf8.count), let first = text.utf8.first else { return false }
        let isFirst = isLetter(first) || first == UInt8(ascii: "_")
        return isFirst
            && text.utf8.allSatisfy { byte in
                isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                    || (allowsDots && byte == UInt8(ascii: "."))
            }
    }

    /// The text between the braces of a level of a topic or route, such as `{order}`; nil for a level without braces.
    static func textInBraces(_ level: Substring) -> String? {
        level.hasPrefix("{") && level.hasSuffix("}") ? String(level.dropFirst().dropLast()) : nil
    }

    /// Why a text cannot be the name of a field, in words that follow the name; nil when it can.
    static func problem(ofField text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > maximumBytes { return "has \(text.utf8.count) bytes; the limit is \(maximumBytes)" }
        if text.hasPrefix("-") { return "begins with -, which means a descending sort" }
        if text.utf8.contains(where: { "[],".utf8.contains($0) }) {
            return "contains a bracket or a comma, which separate fields in queries"
        }
        if hasControlCharacter(text) { return "contains a control character" }
        return nil
    }

    /// Why a text cannot be the type of an event, in words that follow the name; nil when it can.
    static func problem(ofType text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > EventLimits.type {
            return "has \(text.utf8.count) bytes; the limit is \(EventLimits.type)"
        }
        if hasControlCharacter(text) { return "contains a control character" }
        if text.utf8.contains(UInt8(ascii: "*")) { return "contains *, which is for patterns of topics" }
        if reservedEvents.contains(text) { return "is reserved by the server" }
        return nil
    }

    /// Whether a text has 1 … 64 lower case letters, digits and hyphens.
    static func isCode(_ text: String) -> Bool {
        (1...maximumBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
            }
    }

    static func hasControlCharacter(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
