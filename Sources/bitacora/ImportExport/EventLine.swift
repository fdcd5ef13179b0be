import ArgumentParser
import Base64
import EventLog
import Inspection
import JSON

/// Why a line is not an event, and how to correct it.
struct LineError: Error, Equatable {
    let message: String
}

/// An event on a line of a file.
struct EventLine {
    var event: NewEvent
    /// The offset of the event in the log that exported it; nil when the line has none.
    let offset: Offset?

    /// - Parameters:
    ///   - text: a line without its newline.
    ///   - otherTopic: the topic of an event without one; nil makes such an event an error.
    init(_ text: UnsafeRawBufferPointer, _ format: EventFormat, otherTopic: String? = nil) throws(LineError) {
        switch format {
        case .jsonl:
            var fields = JSONLinesFields()
            try Self.visit(text) { fields.read($0) }
            self = try fields.line(otherTopic: otherTopic)
        case .cloudevents:
            var attributes = CloudEventAttributes()
            try Self.visit(text) { attributes.read($0) }
            self = try attributes.line(otherTopic: otherTopic)
        }
    }

    init(event: NewEvent, offset: Offset?) {
        self.event = event
        self.offset = offset
    }

    private static func visit(_ text: UnsafeRawBufferPointer, _ visit: (JSONMember) -> Void) throws(LineError) {
        do throws(JSONError) {
            try JSONText.visitMembers(of: text, visit)
        } catch {
            let hint =
                text.first == UInt8(ascii: "[")
                ? "; put each element of an array on a line of its own (jq -c '.[]')" : ""
            throw LineError(message: "column \(error.column): \(error.message)\(hint)")
        }
    }
}

extension EventLine {
    /// The offset and the format of a line that `log export` may have written; nil for other lines.
    static func origin(of line: [UInt8]) -> (offset: Offset, format: EventFormat)? {
        line.withUnsafeBytes { text -> (Offset, EventFormat)? in
            let format = EventFormat(of: text)
            guard let offset = (try? EventLine(text, format))?.offset else { return nil }
            return (offset, format)
        }
    }
}

/// The format of a file with one event on each line.
enum EventFormat: String, CaseIterable, ExpressibleByArgument {
    /// The event JSON of the HTTP API, of sockets and of the command line.
    case jsonl
    /// CloudEvents 1.0, for other systems.
    case cloudevents
}

extension EventFormat {
    /// The format of a line; only CloudEvents have the field `specversion`.
    init(of line: UnsafeRawBufferPointer) {
        var isCloudEvent = false
        try? JSONText.visitMembers(of: line) { if $0.key == "specversion" { isCloudEvent = true } }
        self = isCloudEvent ? .cloudevents : .jsonl
    }
}

/// The fields of an event in the format `jsonl`.
struct JSONLinesFields {
    private var reader = FieldReader()
    private var offset: Offset?
    private var time: Timestamp?
    private var topic: String?
    private var type: String?
    private var id: String?
    private var source: String?
    private var data: [UInt8]?
    private var encoding: String?

    mutating func read(_ member: JSONMember) {
        switch member.key {
        case "offset": readOffset(member)
        case "time": time = reader.time(member)
        case "topic": topic = reader.text(member)
        case "type": type = reader.text(member)
        case "id": id = reader.text(member)
        case "source": source = reader.text(member)
        case "data": data = Array(member.value)
        case "encoding": encoding = reader.text(member)
        default:
            reader.report(
                "unknown field '\(member.key.shortened)'; the fields are data, encoding, id, offset, source, time, topic, type"
            )
        }
    }

    private mutating func readOffset(_ member: JSONMember) {
        guard !member.isNull else { return }
        offset = Offset(String(decoding: member.value, as: UTF8.self))
        if offset == nil { reader.report("offset must be a whole number: 1, 2, 3 …") }
    }

    /// - Parameter otherTopic: the topic of an event without one; nil makes such an event an error.
    mutating func line(otherTopic: String?) throws(LineError) -> EventLine {
        let topic = topic ?? otherTopic
        if topic == nil {
            reader.report("topic is required; it must be a string, or pass --topic NAME to give such events a topic")
        }
        if type == nil { reader.report("type is required; it must be a string") }
        if data == nil { reader.report("data is required; it can be any JSON") }
        var payload = EventData.json(data ?? [])
        if encoding == "base64" {
            payload = .bytes(reader.base64(data ?? [], "data"))
        } else if encoding != nil {
            reader.report("encoding must be base64, or absent for JSON")
        }
        if let error = reader.error { throw error }
        return EventLine(
            event: NewEvent(topic: topic ?? "", type: type ?? "", id: id, source: source, data: payload, time: time),
            offset: offset)
    }
}

/// The attributes of a CloudEvent, from `EventJSONWriter.Format.cloudEvent` or from another system.
///
/// The subject becomes the topic. In CloudEvents 1.0 (§3.1.2) the subject is optional and any text: an event without a
/// subject, or whose subject is not a topic, such as `/orders/1`, gets the topic that the caller gives for such events,
/// and its subject is not kept.
struct CloudEventAttributes {
    private var reader = FieldReader()
    private var version: String?
    private var id: String?
    private var source: String?
    private var type: String?
    private var subject: String?
    private var time: Timestamp?
    private var ownID: String?
    private var ownSource: String?
    private var data: [UInt8]?
    private var base64: [UInt8]?

    mutating func read(_ member: JSONMember) {
        switch member.key {
        case "specversion": version = reader.text(member)
        case "id": id = reader.text(member)
        case "source": source = reader.text(member)
        case "type": type = reader.text(member)
        case "subject": subject = reader.text(member)
        case "time": time = reader.time(member)
        case "eventid": ownID = reader.text(member)
        case "eventsource": ownSource = reader.text(member)
        case "data": data = Array(member.value)
        case "data_base64": base64 = member.isNull ? nil : Array(member.value)
        // Events of the log have no other attributes.
        default: break
        }
    }

    /// - Parameter otherTopic: the topic of an event whose subject is missing or not a topic; nil makes such an event an
    ///   error.
    mutating func line(otherTopic: String?) throws(LineError) -> EventLine {
        if version != "1.0" { reader.report("specversion must be \"1.0\"") }
        let topic = mappedTopic(otherTopic)
        for (name, value) in [("id", id), ("source", source), ("type", type)] where (value ?? "").isEmpty {
            reader.report("\(name) is required; it must be a string that is not empty")
        }
        if data != nil, base64 != nil { reader.report("an event can have data or data_base64, not both") }
        let payload: EventData =
            base64.map { .bytes(reader.base64($0, "data_base64")) } ?? .json(data ?? Array("null".utf8))
        if let error = reader.error { throw error }
        let (id, source) = (id ?? "", source ?? "")
        var event = NewEvent(topic: topic, type: type ?? "", id: ownID, source: ownSource, data: payload, time: time)
        if let offset = Self.offset(id, source) { return EventLine(event: event, offset: offset) }
        // Source and id together are unique (CloudEvents 1.0 §3.1.1).
        event.id = NewEvent.externalID(source: source, id: id)
        event.source = source
        return EventLine(event: event, offset: nil)
    }

    private mutating func mappedTopic(_ otherTopic: String?) -> String {
        guard let subject else {
            if otherTopic == nil {
                reader.report(
                    "subject is missing, and the topic is taken from it; pass --topic NAME to give such events a topic")
            }
            return otherTopic ?? ""
        }
        guard let problem = EventLimits.problem(ofTopic: subject) else { return subject }
        if otherTopic == nil {
            let shown = ShownText.beginning(of: Array(subject.utf8), bytes: 64)
            reader.report(
                "subject '\(shown)' is not a topic: \(problem.message); pass --topic NAME to give such events a topic")
        }
        return otherTopic ?? ""
    }

    /// The offset of an event that a log exported; nil for events of other systems.
    private static func offset(_ id: String, _ source: String) -> Offset? {
        let prefix = EventJSONWriter.cloudEventSource
        guard source.hasPrefix(prefix), LogID(String(source.dropFirst(prefix.count))) != nil else { return nil }
        return Offset(id)
    }
}

/// Reads the values of fields, and keeps the first error.
struct FieldReader {
    private(set) var error: LineError?

    mutating func report(_ message: @autoclosure () -> String) {
        if error == nil { error = LineError(message: message()) }
    }

    /// The value of a string; nil for null.
    mutating func text(_ member: JSONMember) -> String? {
        if let text = member.string { return text }
        if !member.isNull { report("\(member.key) must be a string") }
        return nil
    }

    mutating func time(_ member: JSONMember) -> Timestamp? {
        guard let text = text(member) else { return nil }
        if let time = Timestamp(text) { return time }
        report("time must be like 2026-01-02T03:04:05.678901Z (RFC 3339)")
        return nil
    }

    mutating func base64(_ text: [UInt8], _ field: String) -> [UInt8] {
        if let text = (try? JSONValue(parsing: text))?.string, let bytes = Base64.decoded(text) { return bytes }
        report("\(field) must be base64 with padding (RFC 4648)")
        return []
    }
}
