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

/// Dates as text in the format of `toISOString` of JavaScript (ECMA-262, Date Time String Format).
enum ISODate {
    /// The range of dates in JavaScript: a hundred million days before and after 1970.
    private static let maximumMilliseconds = 8.64e15

    /// - Parameter seconds: since 1970, UTC.
    /// - Returns: the text, rounded to milliseconds; nil outside of the range of JavaScript, about ±271,821 years.
    static func text(_ seconds: Double) -> String? {
        let milliseconds = (seconds * 1000).rounded()
        guard milliseconds.magnitude <= maximumMilliseconds else { return nil }
        let (day, time) = floorDivision(Int(milliseconds), 86_400_000)
        let (year, month, dayOfMonth) = civil(day)
        var text = (0...9999).contains(year) ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(Int(year.magnitude), 6)
        text += "-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        text += "T\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        return text + ".\(padded(time % 1000, 3))Z"
    }

    /// Year, month and day of a day since 1970 in the proleptic Gregorian calendar. Years start on 1 March, so that the
    /// leap day is the last day of a year, and eras of 400 years have equal lengths.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let daysFromMarch0ToEpoch = 719_468
        let (era, dayOfEra) = floorDivision(day + daysFromMarch0ToEpoch, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func floorDivision(_ number: Int, _ divisor: Int) -> (quotient: Int, rest: Int) {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
