/// Encodes `Encodable` models as values, without JSON text in between.
///
/// ```swift
/// struct Page: Encodable { let title: String; let products: [Product] }
/// let page = try template.render(ValueEncoder().encode(Page(title: "Shop", products: products)))
/// ```
///
/// | Swift | in a template |
/// |---|---|
/// | a keyed container | an object with its keys in the order they were encoded (array indices first, as in JavaScript) |
/// | `Dictionary` with `String` keys | an object with sorted keys, so that a page is the same each time |
/// | an unkeyed container | an array |
/// | `nil`, also of an optional property | `null`: the field exists, also for `strict` |
/// | integers, `Double`, `Decimal` | a number; see `inexactNumbers` |
/// | `Float` | the number with the same shortest digits, `0.1` and not `0.10000000149011612` |
/// | `Date` | its text in UTC as JavaScript's `toISOString`, `2026-11-22T09:30:00.000Z` |
/// | `URL` | its text |
/// | `UUID` | its text |
/// | `Data` | Base64 |
/// | an enum with payloads | as Swift encodes it: `{"name": {"label": …}}` |
/// | `Value` | itself, so a model can have lazy parts and safe strings |
public struct ValueEncoder {
    /// How numbers are encoded that a JavaScript number cannot represent: integers beyond ±2^53, and `Decimal`s with too
    /// many digits.
    public enum InexactNumbers: Sendable {
        /// The number is an error, with its coding path.
        case refuse
        /// The number becomes a text with all digits.
        case text
        /// The number is rounded to the nearest one, as in JavaScript.
        case round
    }

    /// How numbers are encoded that a JavaScript number cannot represent.
    public var inexactNumbers = InexactNumbers.refuse
    /// The maximum depth of nested values, which also ends cyclic models.
    public var maximumDepth = 100
    /// User information for the models, `encoder.userInfo` in `encode(to:)`.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// Creates an encoder with the default settings.
    public init() {}

    /// Encodes a model. A model that encodes nothing becomes an empty object.
    ///
    /// - Throws: `EncodingError.invalidValue` with the coding path for a number that cannot be represented, for a model
    ///   deeper than `maximumDepth`, and for a value with two kinds of container; and the errors of the model.
    public func encode(_ model: some Encodable) throws -> Value {
        let session = EncodingSession(self)
        let value = try session.value(of: model, parent: nil, key: nil)
        if let failure = session.failure { throw failure }
        return value
    }
}

extension Value {
    /// Creates a value from a model, as a ``ValueEncoder`` with the default settings does.
    ///
    /// - Throws: the errors of ``ValueEncoder/encode(_:)``.
    public init(encoding model: some Encodable) throws {
        self = try ValueEncoder().encode(model)
    }
}

extension Value: Encodable {
    /// Encodes the value, for example as JSON. A ``ValueEncoder`` uses the value itself instead.
    ///
    /// - Throws: `EncodingError.invalidValue` for a function.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let object):
            var container = encoder.container(keyedBy: AnyKey.self)
            for (name, value) in object.entries { try container.encode(value, forKey: AnyKey(name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let bool): try container.encode(bool)
            case .number(let number): try container.encode(number)
            case .string(let text), .safeString(let text): try container.encode(text)
            case .function:
                throw EncodingError.invalidValue(
                    self,
                    EncodingError.Context(
                        codingPath: encoder.codingPath, debugDescription: "a function cannot be encoded"))
            case .undefined, .null, .object, .array: try container.encodeNil()
            }
        }
    }
}
