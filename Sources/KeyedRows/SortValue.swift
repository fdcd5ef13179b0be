package import JSON

/// A value in the order of sorts and indexes: missing < null < false < true < numbers by value < strings by bytes < arrays
/// and objects, which are equal to one another.
package struct SortValue: Sendable {
    /// In the order of the values.
    fileprivate enum Kind: UInt8 {
        case missing, null, no, yes
        /// A number with at most 18 digits.
        case number
        /// Every other number.
        case longNumber
        case string, nested

        var isNumber: Bool { self == .number || self == .longNumber }
    }

    /// What is compared first, without references.
    struct Prefix: Sendable {
        fileprivate let kind: Kind
        /// Of a string. Of a number with at most 18 digits: the coefficient and the exponent in the one form that
        /// `DecimalDigits` has.
        fileprivate let words: OrderedText.Prefix
    }

    private let kind: Kind
    /// The text of a string or of a long number; the words of a short number.
    private let content: OrderedText

    private static let shortDigits = 18

    var prefix: Prefix { Prefix(kind: kind, words: content.prefix) }

    private init(kind: Kind, _ content: OrderedText = .empty) { (self.kind, self.content) = (kind, content) }

    /// - Parameter value: nil for a missing field.
    package init(_ value: JSONValue?) {
        switch value {
        case nil: self.init(kind: .missing)
        case .null: self.init(kind: .null)
        case .bool(let value): self.init(kind: value ? .yes : .no)
        case .string(let text): self.init(kind: .string, OrderedText(text))
        case .array, .object: self.init(kind: .nested)
        case .number(let number): self = number.text.utf8.span.bytes.withUnsafeBytes { SortValue(number: $0) }
        }
    }

    /// - Parameter value: that of a row.
    init(_ value: StoredValue) {
        switch value {
        case .missing: self.init(kind: .missing)
        case .null: self.init(kind: .null)
        case .no: self.init(kind: .no)
        case .yes: self.init(kind: .yes)
        case .string(let text): self.init(kind: .string, OrderedText(text))
        case .nested: self.init(kind: .nested)
        case .number(let text): self.init(number: text)
        }
    }

    private init(number text: UnsafeRawBufferPointer) {
        if let digits = DecimalDigits(text, maximum: Self.shortDigits), let exponent = Int32(exactly: digits.exponent) {
            let coefficient = Int64(truncatingIfNeeded: digits.coefficient)
            self.init(kind: .number, OrderedText(number: digits.isNegative ? -coefficient : coefficient, exponent))
        } else {
            self.init(kind: .longNumber, OrderedText(text))
        }
    }

    /// The value, for cursors; nil for a missing field, `[]` for arrays and objects. A number may be written in another way.
    package var json: JSONValue? {
        switch kind {
        case .missing: nil
        case .null: .null
        case .no: .bool(false)
        case .yes: .bool(true)
        case .number: .number(Self.number(content.prefix.coefficient, content.prefix.exponent))
        case .longNumber: .number(JSONNumber(checked: content.text))
        case .string: .string(content.text)
        case .nested: .array([])
        }
    }

    /// Whether this is a number, a string or a boolean.
    var isScalar: Bool {
        switch kind {
        case .missing, .null, .nested: false
        case .no, .yes, .number, .longNumber, .string: true
        }
    }

    private static func number(_ coefficient: Int64, _ exponent: Int32) -> JSONNumber {
        if exponent == 0 { return JSONNumber(coefficient) }
        if let decimal = ExactDecimal(coefficient: Int128(coefficient), exponent: Int(exponent)) {
            return decimal.number
        }
        return JSONNumber(checked: "\(coefficient)e\(exponent)")
    }
}

extension OrderedText {
    fileprivate static let empty = OrderedText("")

    /// The words of a number in the place of a text.
    fileprivate init(number coefficient: Int64, _ exponent: Int32) {
        self.init(words: Prefix(head: UInt64(bitPattern: coefficient), tail: UInt64(bitPattern: Int64(exponent))))
    }
}

extension OrderedText.Prefix {
    fileprivate var coefficient: Int64 { Int64(bitPattern: head) }
    fileprivate var exponent: Int32 { Int32(truncatingIfNeeded: tail) }
}

extension SortValue: Comparable {
    package static func == (left: SortValue, right: SortValue) -> Bool { left.compare(with: right) == 0 }

    package static func < (left: SortValue, right: SortValue) -> Bool { left.compare(with: right) < 0 }

    /// Less than zero when this value precedes the other one, zero when they are equal.
    func compare(with other: SortValue) -> Int { prefix.compare(with: other.prefix) ?? compareWhole(with: other) }

    /// Compares strings, or numbers of which one is long.
    @inline(never)
    private func compareWhole(with other: SortValue) -> Int {
        if kind == .string { return content.compare(with: other.content) }
        guard let left = json?.number?.decimal, let right = other.json?.number?.decimal else { return 0 }
        if left.sign != right.sign { return left.sign - right.sign }
        let order = left.compareMagnitude(with: right)
        return left.isNegative ? -order : order
    }
}

extension SortValue.Prefix {
    /// Less than zero when this value precedes the other one, zero when they are equal; nil when the prefixes do not show it.
    @inline(__always)
    func compare(with other: Self) -> Int? {
        switch (kind, other.kind) {
        case (.string, .string):
            let order = words.compare(with: other.words)
            return order != 0 || words.isWhole ? order : nil
        case (.number, .number):
            let (left, right) = (words.coefficient, other.words.coefficient)
            if words.exponent == other.words.exponent { return left < right ? -1 : left == right ? 0 : 1 }
            return Self.compare(left, words.exponent, right, other.words.exponent)
        default:
            if kind.isNumber, other.kind.isNumber { return nil }
            return Int(kind.rawValue) - Int(other.kind.rawValue)
        }
    }

    private static func compare(_ left: Int64, _ leftExponent: Int32, _ right: Int64, _ rightExponent: Int32) -> Int {
        if left.signum() != right.signum() { return Int(left.signum() - right.signum()) }
        let leftPlace = digitCount(left) + Int(leftExponent)
        let rightPlace = digitCount(right) + Int(rightExponent)
        if leftPlace != rightPlace { return left < 0 ? rightPlace - leftPlace : leftPlace - rightPlace }
        // Numbers whose first digits have the same place have exponents that differ by at most 17.
        let difference = Int(leftExponent - rightExponent)
        let scale = Int128(DecimalDigits.powersOfTen[abs(difference)])
        let (scaledLeft, scaledRight) =
            difference > 0 ? (Int128(left) * scale, Int128(right)) : (Int128(left), Int128(right) * scale)
        return scaledLeft < scaledRight ? -1 : scaledLeft == scaledRight ? 0 : 1
    }

    private static func digitCount(_ value: Int64) -> Int {
        var (rest, count) = (value.magnitude, 0)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }
}

extension SortValue: Hashable {
    package func hash(into hasher: inout Hasher) {
        switch kind {
        case .number: hasher.combine(content.prefix)
        case .longNumber: hasher.combine(json?.number?.decimal)
        case .string: hasher.combine(content)
        default: hasher.combine(kind)
        }
    }
}

extension JSONNumber.Decimal {
    fileprivate var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    fileprivate func compareMagnitude(with other: JSONNumber.Decimal) -> Int {
        let (place, otherPlace) = (digits.count + exponent, other.digits.count + other.exponent)
        if place != otherPlace { return place < otherPlace ? -1 : 1 }
        if digits == other.digits { return 0 }
        return digits.lexicographicallyPrecedes(other.digits) ? -1 : 1
    }
}
