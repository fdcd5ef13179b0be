import FoundationEssentials
import JSON

/// One run of a `ValueEncoder`, which all its containers share.
final class EncodingSession {
    let settings: ValueEncoder
    /// The first error in a method of the protocol that cannot throw.
    private(set) var failure: EncodingError?

    init(_ settings: ValueEncoder) {
        self.settings = settings
    }

    /// The value of a model; simple models do not need a container.
    func value<Model: Encodable>(of model: Model, parent: ValueBuilder?, key: (any CodingKey)?) throws -> Value {
        if let failure { throw failure }
        if let simple = try simple(model, parent, key) { return simple }
        let builder = ValueBuilder(self, parent: parent, key: key)
        guard builder.depth <= settings.maximumDepth else {
            throw invalidValue(model, "the model is more than \(settings.maximumDepth) levels deep", builder)
        }
        if let dictionary = model as? any StringKeyed {
            try dictionary.encodeSorted(to: builder)
        } else {
            try model.encode(to: builder)
        }
        return builder.finished()
    }

    /// Stores the first error, which the next method that can throw throws.
    func fail(_ message: String, at builder: ValueBuilder) {
        if failure == nil { failure = invalidValue(Value.undefined, message, builder) }
    }

    private func invalidValue(_ model: Any, _ message: String, _ builder: ValueBuilder) -> EncodingError {
        .invalidValue(model, EncodingError.Context(codingPath: builder.codingPath, debugDescription: message))
    }

    @inline(__always)
    private func simple<Model: Encodable>(
        _ model: Model, _ parent: ValueBuilder?, _ key: (any CodingKey)?
    ) throws -> Value? {
        switch model {
        case let text as String: .string(text)
        case let number as Int: try exact(number, parent, key)
        case let bool as Bool: .bool(bool)
        case let number as Double: .number(number)
        case let value as Value: value
        default: try uncommon(model, parent, key)
        }
    }

    private func uncommon<Model: Encodable>(
        _ model: Model, _ parent: ValueBuilder?, _ key: (any CodingKey)?
    ) throws -> Value? {
        switch model {
        case let number as Float: .number(Double(number.description) ?? Double(number))
        case let number as any BinaryInteger: try exact(number, parent, key)
        case let number as Decimal: try exact(number, parent, key)
        case let date as Date:
            ISO8601.javaScriptText(secondsSince1970: date.timeIntervalSince1970).map(Value.string) ?? .null
        case let url as URL: .string(url.absoluteString)
        case let id as UUID: .string(id.uuidString)
        case let data as Data: .string(data.base64EncodedString())
        default: nil
        }
    }

    private func exact(_ number: some BinaryInteger, _ parent: ValueBuilder?, _ key: (any CodingKey)?) throws -> Value {
        if number.magnitude <= 1 << 53 { return .number(Double(number)) }
        return try inexact(number, text: number.description, nearest: Double(number), parent, key)
    }

    private func exact(_ number: Decimal, _ parent: ValueBuilder?, _ key: (any CodingKey)?) throws -> Value {
        let text = number.description
        let nearest = Double(text) ?? .nan
        if number.isNaN || Decimal(string: nearest.description) == number { return .number(nearest) }
        return try inexact(number, text: text, nearest: nearest, parent, key)
    }

    private func inexact(
        _ number: Any, text: String, nearest: Double, _ parent: ValueBuilder?, _ key: (any CodingKey)?
    ) throws -> Value {
        switch settings.inexactNumbers {
        case .round: return .number(nearest)
        case .text: return .string(text)
        case .refuse:
            throw invalidValue(
                number,
                "\(text) has more digits than a number of a template can have; encode it as text, or set inexactNumbers",
                ValueBuilder(self, parent: parent, key: key))
        }
    }
}

/// A dictionary with text keys, whose order in Swift changes at each start of the process.
private protocol StringKeyed {
    func encodeSorted(to builder: ValueBuilder) throws
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
    fileprivate func encodeSorted(to builder: ValueBuilder) throws {
        builder.startObject(capacity: count)
        for (name, value) in sorted(by: { $0.key < $1.key }) { try builder.set(AnyKey(name), to: value) }
    }
}
