import Base64
import EventLog
import HTTPTypes
import JSON

extension NewEvent {
    private static let fields: Set<String> = ["topic", "type", "id", "source", "data", "encoding", "expectedOffset"]

    /// Reads an event as a client sends it: the JSON of an event without its offset and time.
    ///
    /// The data keep the text that was sent, with repeated keys, escapes and digits. An event without `source` has the
    /// source `http`; an event whose source is null has none.
    ///
    /// - Parameters:
    ///   - json: the text of the event, valid during the call.
    ///   - path: the text before the name of a field in errors, such as `[3].`.
    /// - Throws: `Problem` 422 with the wrong field.
    init(json: UnsafeRawBufferPointer, path: String) throws(Problem) {
        let fields = try Self.members(of: json, path)
        guard let data = fields["data"] else {
            throw .unprocessable(path + "data", "data is required; any JSON is valid")
        }
        self.init(
            topic: try Self.text(fields, "topic", path), type: try Self.text(fields, "type", path),
            id: try Self.optionalText(fields, "id", path),
            source: fields["source"] == nil ? "http" : try Self.optionalText(fields, "source", path),
            data: try Self.data(data, encoding: try Self.value(fields, "encoding", path), path),
            expectedOffset: try Self.expectedOffset(fields, path))
    }

    /// The JSON text of each field; of a repeated field the last text.
    private static func members(of json: UnsafeRawBufferPointer, _ path: String) throws(Problem) -> [String: [UInt8]] {
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
                path + "event", isObject ? "\(error)" : "an event must be an object with topic, type and data")
        }
        if let unknown { throw .unknownField(unknown, among: fields, path: path, .unprocessableContent) }
        return members
    }

    /// The value of a field; nil when the field is absent or null.
    private static func value(
        _ fields: [String: [UInt8]], _ field: String, _ path: String
    ) throws(Problem) -> JSONValue? {
        guard let text = fields[field] else { return nil }
        do throws(JSONError) {
            let value = try JSONValue(parsing: text)
            if value.isNull { return nil }
            return value
        } catch {
            throw .unprocessable(path + field, "\(error)")
        }
    }

    private static func text(_ fields: [String: [UInt8]], _ field: String, _ path: String) throws(Problem) -> String {
        guard let text = try value(fields, field, path)?.string else {
            throw .unprocessable(path + field, "\(field) is required and must be a string")
        }
        return text
    }

    private static func optionalText(
        _ fields: [String: [UInt8]], _ field: String, _ path: String
    ) throws(Problem) -> String? {
        guard let value = try value(fields, field, path) else { return nil }
        guard let text = value.string else { throw .unprocessable(path + field, "\(field) must be a string or null") }
        return text
    }

    private static func data(_ text: [UInt8], encoding: JSONValue?, _ path: String) throws(Problem) -> EventData {
        guard let encoding else { return .json(text) }
        guard encoding.string == "base64" else {
            throw .unprocessable(path + "encoding", "encoding must be base64, or absent for JSON")
        }
        guard let text = (try? JSONValue(parsing: text))?.string, let bytes = Base64.decoded(text) else {
            throw .unprocessable(path + "data", "data is not base64 (RFC 4648, with padding), which encoding asks for")
        }
        return .bytes(bytes)
    }

    private static func expectedOffset(_ fields: [String: [UInt8]], _ path: String) throws(Problem) -> Offset? {
        guard let value = try value(fields, "expectedOffset", path) else { return nil }
        guard let offset = value.int, offset >= 0 else {
            throw .unprocessable(
                path + "expectedOffset",
                "expectedOffset must be the offset of the topic's last event, or 0 when the topic has no event")
        }
        return Offset(UInt64(offset))
    }
}

extension Problem {
    /// The error of a wrong field of an event: 422 with the code `invalid`.
    static func unprocessable(_ field: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid", detail, field: field)
    }

    /// The error of a field that does not exist.
    ///
    /// - Parameter name: the name that the client sent; the error contains only the beginning of a long name.
    static func unknownField(
        _ name: String, among fields: Set<String>, path: String = "", _ status: HTTPResponse.Status
    ) -> Problem {
        let shown = name.shortened
        let known = fields.sorted().joined(separator: ", ")
        return Problem(status, "invalid", "there is no field '\(shown)'; the fields are \(known)", field: path + shown)
    }
}
