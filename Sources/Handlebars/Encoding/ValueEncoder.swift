/// Turns `Encodable` models into values without any text in between.
///
/// ```swift
/// struct Page: Encodable { let title: String; let products: [Product] }
/// let page = try template.render(ValueEncoder().encode(Page(title: "Shop", products: products)))
/// ```
///
/// | Swift | in a template |
/// |---|---|
/// | a keyed container | an object with its keys in the order they were encoded (array indices first, as in JavaScript) |
/// | `Dictionary` with `String` keys | an object, keys sorted, so that a page comes out the same each time |
/// | an unkeyed container | an array |
/// | `nil`, also of an optional property | `null`: the field is there, also for `strict` |
/// | integers, `Double`, `Decimal` | a number; see `inexactNumbers` |
/// | `Float` | the number with the same shortest digits, `0.1` and not `0.10000000149011612` |
/// | `Date` | its text in UTC as JavaScript's `toISOString`, `2026-11-22T09:30:00.000Z` |
/// | `URL` | its text |
/// | `UUID` | its text |
/// | `Data` | Base64 |
/// | an enum with payloads | as Swift encodes it: `{"name": {"label": …}}` |
/// | `Value` | itself, so a model can have lazy parts and safe strings |
public struct ValueEncoder {
    /// What becomes of a number that JavaScript's cannot hold: an integer beyond ±2^53, a `Decimal` of too many digits.
    public enum InexactNumbers: Sendable {
        /// It is an error, which says where.
        case refuse
        /// It becomes text with all its digits.
        case text
        /// It becomes the nearest number, as in JavaScript.
        case round
    }

    /// What becomes of a number that JavaScript's cannot hold.
    public var inexactNumbers = InexactNumbers.refuse
    /// How deep values may be inside one another; a graph with a circle in it ends here.
    public var maximumDepth = 100
    /// What the models' `encode(to:)` can ask for.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// An encoder as described above.
    public init() {}

    /// Encodes a model; one that encodes nothing gives an empty object.
    ///
    /// - Throws: `EncodingError.invalidValue` with the coding path for a number that is refused, a model deeper than
    ///   `maximumDepth`, or one that asks for two kinds of container; and whatever the model throws.
    public func encode(_ model: some Encodable) throws -> Value {
        let session = EncodingSession(self)
        let value = try session.value(of: model, parent: nil, key: nil)
        if let failure = session.failure { throw failure }
        return value
    }
}

extension Value {
    /// A model as a `ValueEncoder` encodes it when nothing is asked for.
    public init(encoding model: some Encodable) throws {
        self = try ValueEncoder().encode(model)
    }
}

extension Value: Encodable {
    /// Encodes it as the JSON of the same shape; a `ValueEncoder` takes it as it is.
    ///
    /// - Throws: `EncodingError.invalidValue` for a function, from any encoder but a `ValueEncoder`.
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
                    EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "a function has no text"))
            case .undefined, .null, .object, .array: try container.encodeNil()
            }
        }
    }
}
