import EventLog
import JSON

/// What is wrong with a line, and how to correct it.
struct LineFault: Error, Equatable {
    let message: String
}

/// An event as it stands on a line of a file.
struct EventLine {
    var event: NewEvent
    /// Where it stood in the log it comes from; nil when the line does not say.
    let offset: Offset?

    /// - Parameters:
    ///   - text: a line without its end; lent.
    ///   - otherTopic: the topic of an event that has none; nil makes that a fault.
    init(_ text: UnsafeRawBufferPointer, _ format: EventFormat, otherTopic: String? = nil) throws(LineFault) {
        switch format {
        case .jsonl:
            var fields = JSONLinesFields()
            try Self.visit(text) { fields.take($0) }
            self = try fields.line(otherTopic: otherTopic)
        case .cloudevents:
            var attributes = CloudEventAttributes()
            try Self.visit(text) { attributes.take($0) }
            self = try attributes.line(otherTopic: otherTopic)
        }
    }

    init(event: NewEvent, offset: Offset?) {
        self.event = event
        self.offset = offset
    }

    private static func visit(_ text: UnsafeRawBufferPointer, _ visit: (JSONMember) -> Void) throws(LineFault) {
        do throws(JSONError) {
            try JSONText.visitMembers(of: text, visit)
        } catch {
            let hint =
                text.first == UInt8(ascii: "[")
                ? "; put each element of an array on a line of its own (jq -c '.[]')" : ""
            throw LineFault(message: "column \(error.column): \(error.message)\(hint)")
        }
    }
}

extension EventLine {
    /// The offset and the format of a line that we may have written; nil for what is no event of ours.
    static func place(of line: [UInt8]) -> (offset: Offset, format: EventFormat)? {
        line.withUnsafeBytes { text -> (Offset, EventFormat)? in
            let format = EventFormat(of: text)
            guard let offset = (try? EventLine(text, format))?.offset else { return nil }
            return (offset, format)
        }
    }
}
