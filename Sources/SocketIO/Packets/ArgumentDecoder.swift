import FoundationEssentials
import JSON
import NIOCore

/// Reads values from the JSON of single arguments.
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
            throw ArgumentError(.mismatch, at: position, (error as? DecodingError)?.plainWords ?? "it must be \(type)")
        }
    }

    /// The commonest types in the commonest form, past the decoder; nil for anything else.
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
