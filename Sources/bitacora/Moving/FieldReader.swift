import Base64
import EventLog
import JSON

/// The first fault among the fields of a line.
struct FieldReader {
    private(set) var fault: LineFault?

    mutating func note(_ message: @autoclosure () -> String) {
        if fault == nil { fault = LineFault(message: message()) }
    }

    /// The text of a string; null is nothing.
    mutating func text(_ member: JSONMember) -> String? {
        if let text = member.string { return text }
        if !member.isNull { note("\(member.key) must be a string") }
        return nil
    }

    mutating func time(_ member: JSONMember) -> Timestamp? {
        guard let text = text(member) else { return nil }
        if let time = Timestamp(text) { return time }
        note("time must be like 2026-01-02T03:04:05.678901Z (RFC 3339)")
        return nil
    }

    mutating func base64(_ text: [UInt8], _ field: String) -> [UInt8] {
        if let text = (try? JSONValue(parsing: text))?.string, let bytes = Base64.decoded(text) { return bytes }
        note("\(field) must be base64 with padding (RFC 4648)")
        return []
    }
}
