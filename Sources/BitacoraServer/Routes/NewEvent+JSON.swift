import Base64
import EventLog
import HTTPTypes
import JSON

extension NewEvent {
    private static let fields: Set<String> = ["topic", "type", "id", "source", "data", "encoding", "expectedOffset"]

    /// Reads an event as a client sends it: as it would get it, without offset and time.
    ///
    /// Its data stays as it was written, repeated keys, escapes and digits too. An event without a source is from
    /// `http`; one whose source is null has none.
    ///
    /// - Parameters:
    ///   - json: lent.
    ///   - place: stands before a field's name in errors, such as `[3].`.
    init(json: UnsafeRawBufferPointer, place: String) throws(Problem) {
        let fields = try Self.members(of: json, place)
        guard let data = fields["data"] else {
            throw .unprocessable(place + "data", "data is required; it may be any JSON")
        }
        self.init(
            topic: try Self.text(fields, "topic", place), type: try Self.text(fields, "type", place),
            id: try Self.optionalText(fields, "id", place),
            source: fields["source"] == nil ? "http" : try Self.optionalText(fields, "source", place),
            data: try Self.data(data, encoding: try Self.value(fields, "encoding", place), place),
            expectedOffset: try Self.expectedOffset(fields, place))
    }

    /// The values by their fields; of a repeated one the last.
    private static func members(of json: UnsafeRawBufferPointer, _ place: String) throws(Problem) -> [String: [UInt8]] {
        var members: [String: [UInt8]] = [:]
        var unknown: String?
        do throws(JSONError) {
            try JSONText.visitMembers(of: json) { member in
                if fields.contains(member.key) {
                    members[member.key] = Array(member.value)
                } else if unknown == nil {
                    unknown = member.key
                }
            }
        } catch {
            let isObject = json.first == UInt8(ascii: "{")
            throw .unprocessable(
                place + "event", isObject ? "\(error)" : "an event is an object with topic, type and data")
        }
        if let unknown { throw .unknownField(unknown, among: fields, place: place, .unprocessableContent) }
        return members
    }

    /// Nil where there is none, or null.
    private static func value(
        _ fields: [String: [UInt8]], _ field: String, _ place: String
    ) throws(Problem) -> JSONValue? {
        guard let text = fields[field] else { return nil }
        do throws(JSONError) {
            let value = try JSONValue(parsing: text)
            if value.isNull { return nil }
            return value
        } catch {
            throw .unprocessable(place + field, "\(error)")
        }
    }

    private static func text(_ fields: [String: [UInt8]], _ field: String, _ place: String) throws(Problem) -> String {
        guard let text = try value(fields, field, place)?.string else {
            throw .unprocessable(place + field, "\(field) is required, a string")
        }
        return text
    }

    private static func optionalText(
        _ fields: [String: [UInt8]], _ field: String, _ place: String
    ) throws(Problem) -> String? {
        guard let value = try value(fields, field, place) else { return nil }
        guard let text = value.string else { throw .unprocessable(place + field, "\(field) must be a string or null") }
        return text
    }

    private static func data(_ text: [UInt8], encoding: JSONValue?, _ place: String) throws(Problem) -> EventData {
        guard let encoding else { return .json(text) }
        guard encoding.string == "base64" else {
            throw .unprocessable(place + "encoding", "encoding can only be base64")
        }
        guard let text = (try? JSONValue(parsing: text))?.string, let bytes = Base64.decoded(text) else {
            throw .unprocessable(place + "data", "data is not base64 text (RFC 4648, with padding)")
        }
        return .bytes(bytes)
    }

    private static func expectedOffset(_ fields: [String: [UInt8]], _ place: String) throws(Problem) -> Offset? {
        guard let value = try value(fields, "expectedOffset", place) else { return nil }
        guard let offset = value.int, offset >= 0 else {
            throw .unprocessable(
                place + "expectedOffset", "expectedOffset must be the offset of the topic's last event, 0 for none")
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
