import FoundationEssentials
import JSON
import NIOCore

/// Decodes values from the JSON of single arguments.
enum ArgumentDecoder {
    /// - Throws: `.mismatch`.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from json: ByteBuffer, attachments: [ByteBuffer], position: Int
    ) throws(ArgumentError) -> Value {
        if let value: Value = scalar(json) { return value }
        do {
            let decoder = attachments.isEmpty ? withoutAttachments : makeDecoder(attachments)
            return try decoder.decode(type, from: Data(json.readableBytesView))
        } catch {
            throw ArgumentError(
                .mismatch, at: position, (error as? DecodingError)?.plainDescription ?? "it must be \(type)")
        }
    }

    /// Decodes the most frequent types without a `JSONDecoder`; nil for anything else.
    private static func scalar<Value>(_ json: ByteBuffer) -> Value? {
        guard Value.self == String.self || Value.self == Int.self || Value.self == Bool.self else { return nil }
        let value = json.withUnsafeReadableBytes { try? JSONValue(parsing: $0) }
        switch value {
        case .string(let text): return text as? Value
        case .bool(let isTrue): return isTrue as? Value
        case .number(let number): return number.int as? Value
        default: return nil
        }
    }

    private static let withoutAttachments = makeDecoder([])

    private static func makeDecoder(_ attachments: [ByteBuffer]) -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dataDecodingStrategy = .custom { decoder in
            let placeholder = try AttachmentPlaceholder(from: decoder)
            guard placeholder.isPlaceholder, attachments.indices.contains(placeholder.number) else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no such attachment"))
            }
            return Data(attachments[placeholder.number].readableBytesView)
        }
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            guard let date = JavaScriptDate.date(text) else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not a date in ISO 8601"))
            }
            return date
        }
        return decoder
    }
}

/// The JSON object that stands for an attachment.
struct AttachmentPlaceholder: Codable {
    let isPlaceholder: Bool
    /// The number of the attachment, counted from 0.
    let number: Int

    enum CodingKeys: String, CodingKey {
        case isPlaceholder = "_placeholder"
        case number = "num"
    }
}

/// Dates as JavaScript's `JSON.stringify` writes them: `2031-05-06T07:08:09.010Z`.
enum JavaScriptDate {
    /// The text of a date, to the nearest millisecond; nil, which is encoded as `null`, for a date that JavaScript cannot
    /// represent.
    static func text(_ date: Date) -> String? {
        ISO8601.javaScriptText(secondsSince1970: date.timeIntervalSince1970)
    }

    /// Reads a date with or without fractions of a second; nil for any other text.
    static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
}

extension DecodingError {
    /// What is wrong and where, for the client's developer: `user.age must be Int`.
    var plainDescription: String {
        switch self {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            "\(Self.location(context.codingPath)) must be \(type)"
        case .keyNotFound(let key, let context): "\(Self.location(context.codingPath + [key])) is missing"
        case .dataCorrupted(let context):
            "\(Self.location(context.codingPath)) cannot be read: \(context.debugDescription)"
        @unknown default: "it cannot be read"
        }
    }

    private static func location(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? "it" : path.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
    }
}
