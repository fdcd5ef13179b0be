import EventLog
import JSON

/// The fields of an event in the JSON form that every interface shares.
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

    mutating func take(_ member: JSONMember) {
        switch member.key {
        case "offset": takeOffset(member)
        case "time": time = reader.time(member)
        case "topic": topic = reader.text(member)
        case "type": type = reader.text(member)
        case "id": id = reader.text(member)
        case "source": source = reader.text(member)
        case "data": data = Array(member.value)
        case "encoding": encoding = reader.text(member)
        default:
            let shown = member.key.utf8.count > 64 ? String(member.key.unicodeScalars.prefix(16)) + "…" : member.key
            reader.note(
                "unknown field '\(shown)'; the fields are data, encoding, id, offset, source, time, topic, type")
        }
    }

    private mutating func takeOffset(_ member: JSONMember) {
        guard !member.isNull else { return }
        offset = Offset(String(decoding: member.value, as: UTF8.self))
        if offset == nil { reader.note("offset must be a whole number: 1, 2, 3 …") }
    }

    /// - Parameter otherTopic: the topic of an event that has none; nil makes that a fault.
    mutating func line(otherTopic: String?) throws(LineFault) -> EventLine {
        let topic = topic ?? otherTopic
        if topic == nil {
            reader.note("topic is required; it must be a string, or pass --topic NAME to give such events a topic")
        }
        if type == nil { reader.note("type is required; it must be a string") }
        if data == nil { reader.note("data is required; it can be any JSON") }
        var payload = EventData.json(data ?? [])
        if encoding == "base64" {
            payload = .bytes(reader.base64(data ?? [], "data"))
        } else if encoding != nil {
            reader.note("encoding must be base64, or absent for JSON")
        }
        if let fault = reader.fault { throw fault }
        return EventLine(
            event: NewEvent(topic: topic ?? "", type: type ?? "", id: id, source: source, data: payload, time: time),
            offset: offset)
    }
}
