import EventLog
import Inspection
import JSON

/// The attributes of a cloud event, our own (`EventJSONWriter.Format.cloudEvent`) or another system's.
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

    mutating func take(_ member: JSONMember) {
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
        // Events of the log have no place for other attributes.
        default: break
        }
    }

    /// - Parameter otherTopic: the topic of an event whose subject is missing or not a topic; nil makes that a fault.
    mutating func line(otherTopic: String?) throws(LineFault) -> EventLine {
        if version != "1.0" { reader.note("specversion must be \"1.0\"") }
        let topic = mappedTopic(otherTopic)
        for (name, value) in [("id", id), ("source", source), ("type", type)] where (value ?? "").isEmpty {
            reader.note("\(name) is required; it must be a string that is not empty")
        }
        if data != nil, base64 != nil { reader.note("an event has data or data_base64, not both") }
        let payload: EventData =
            base64.map { .bytes(reader.base64($0, "data_base64")) } ?? .json(data ?? Array("null".utf8))
        if let fault = reader.fault { throw fault }
        let (id, source) = (id ?? "", source ?? "")
        var event = NewEvent(topic: topic, type: type ?? "", id: ownID, source: ownSource, data: payload, time: time)
        if let offset = Self.offset(id, source) { return EventLine(event: event, offset: offset) }
        // What is unique is source and id together (CloudEvents 1.0 §3.1.1); a URI has no space.
        event.id = NewEvent.externalID(source: source, id: id)
        event.source = source
        return EventLine(event: event, offset: nil)
    }

    private mutating func mappedTopic(_ otherTopic: String?) -> String {
        guard let subject else {
            if otherTopic == nil {
                reader.note(
                    "subject is missing, and the topic is taken from it; pass --topic NAME to give such events a topic")
            }
            return otherTopic ?? ""
        }
        guard let problem = EventLimits.problem(ofTopic: subject) else { return subject }
        if otherTopic == nil {
            let shown = ShownText.beginning(of: Array(subject.utf8), bytes: 64)
            reader.note(
                "subject '\(shown)' is not a topic: \(problem.message); pass --topic NAME to give such events a topic")
        }
        return otherTopic ?? ""
    }

    /// Where an event of ours stood in its log.
    private static func offset(_ id: String, _ source: String) -> Offset? {
        let prefix = EventJSONWriter.cloudEventSource
        guard source.hasPrefix(prefix), LogID(String(source.dropFirst(prefix.count))) != nil else { return nil }
        return Offset(id)
    }
}
