import EventLog
import JSON

/// The attributes of a cloud event, our own (`EventJSONWriter.writeCloudEvent`) or another system's.
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

    mutating func line() throws(LineFault) -> EventLine {
        if version != "1.0" { reader.note("specversion must be \"1.0\"") }
        if subject == nil { reader.note("subject is required here: it becomes the topic") }
        for (name, value) in [("id", id), ("source", source), ("type", type)] where (value ?? "").isEmpty {
            reader.note("\(name) is required, a string that is not empty")
        }
        if data != nil, base64 != nil { reader.note("data and data_base64 exclude each other") }
        let payload: EventData = base64.map { .bytes(reader.base64($0, "data_base64")) } ?? .json(data ?? Array("null".utf8))
        if let fault = reader.fault { throw fault }
        let (id, source) = (id ?? "", source ?? "")
        var event = NewEvent(topic: subject ?? "", type: type ?? "", id: ownID, source: ownSource, data: payload, time: time)
        if let offset = Self.offset(id, source) { return EventLine(event: event, offset: offset) }
        // What is unique is source and id together (CloudEvents 1.0 §3.1.1); a URI has no space.
        event.id = NewEvent.foreignID(source: source, id: id)
        event.source = source
        return EventLine(event: event, offset: nil)
    }

    /// Where an event of ours stood in its log.
    private static func offset(_ id: String, _ source: String) -> Offset? {
        let prefix = EventJSONWriter.cloudEventSource
        guard source.hasPrefix(prefix), LogID(String(source.dropFirst(prefix.count))) != nil else { return nil }
        return Offset(id)
    }
}
