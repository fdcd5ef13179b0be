import Base64
import EventLog
import HTTPTypes
import JSON

extension NewEvent {
    private static let fields: Set<String> = ["topic", "type", "id", "source", "data", "encoding", "expectedOffset"]

    /// Reads an event as a client sends it: as it would get it, without offset and time.
    ///
    /// - Parameters:
    ///   - defaultID: the id when the event names none.
    ///   - place: stands before a field's name in errors, such as `[3].`.
    init(json: JSONValue, defaultID: String?, place: String) throws(Problem) {
        guard let object = json.object else {
            throw .unprocessable(place + "event", "an event is an object with topic, type and data")
        }
        if let unknown = object.keys.first(where: { !Self.fields.contains($0) }) {
            throw .unknownField(unknown, among: Self.fields, place: place, .unprocessableContent)
        }
        guard let data = object["data"] else { throw .unprocessable(place + "data", "data is required; it may be any JSON") }
        self.init(
            topic: try Self.text(object, "topic", place), type: try Self.text(object, "type", place),
            id: try Self.optionalText(object, "id", place) ?? defaultID,
            source: try Self.optionalText(object, "source", place) ?? "http",
            data: try Self.data(data, encoding: object["encoding"], place),
            expectedOffset: try Self.expectedOffset(object, place))
    }

    private static func text(_ object: JSONObject, _ field: String, _ place: String) throws(Problem) -> String {
        guard let text = object[field]?.string else { throw .unprocessable(place + field, "\(field) is required, a string") }
        return text
    }

    private static func optionalText(_ object: JSONObject, _ field: String, _ place: String) throws(Problem) -> String? {
        guard let value = object[field], !value.isNull else { return nil }
        guard let text = value.string else { throw .unprocessable(place + field, "\(field) must be a string or null") }
        return text
    }

    private static func data(_ value: JSONValue, encoding: JSONValue?, _ place: String) throws(Problem) -> EventData {
        guard let encoding, !encoding.isNull else { return .json(value.bytes) }
        guard encoding.string == "base64" else { throw .unprocessable(place + "encoding", "encoding can only be base64") }
        guard let text = value.string, let bytes = Base64.decoded(text) else {
            throw .unprocessable(place + "data", "data is not base64 text (RFC 4648, with padding)")
        }
        return .bytes(bytes)
    }

    private static func expectedOffset(_ object: JSONObject, _ place: String) throws(Problem) -> Offset? {
        guard let value = object["expectedOffset"], !value.isNull else { return nil }
        guard let offset = value.int, offset >= 0 else {
            throw .unprocessable(place + "expectedOffset", "expectedOffset must be the offset of the topic's last event, 0 for none")
        }
        return Offset(UInt64(offset))
    }
}

extension Problem {
    static func unprocessable(_ field: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid", detail, field: field)
    }

    /// - Parameter name: as the client wrote it; a long one is not given back whole.
    static func unknownField(
        _ name: String, among fields: Set<String>, place: String = "", _ status: HTTPResponse.Status
    ) -> Problem {
        let shown = name.utf8.count > 64 ? String(name.unicodeScalars.prefix(16)) + "…" : name
        let known = fields.sorted().joined(separator: ", ")
        return Problem(status, "invalid", "there is no field '\(shown)'; there are \(known)", field: place + shown)
    }
}
