import JSON

/// The values between two bounds in the order of ``SortValue``.
struct ValueInterval: Sendable, Hashable {
    /// An end of an interval.
    struct Bound: Sendable, Hashable {
        let value: SortValue
        let isIncluded: Bool
    }

    let lower: Bound
    let upper: Bound

    /// Whether the interval has one value.
    var isPoint: Bool { lower.value == upper.value }

    func contains(_ value: SortValue) -> Bool { !isBelow(value) && !isAbove(value) }

    /// Whether all values of the interval are less than a value.
    func isBelow(_ value: SortValue) -> Bool { upper.isIncluded ? upper.value < value : !(value < upper.value) }

    private func isAbove(_ value: SortValue) -> Bool { lower.isIncluded ? value < lower.value : !(lower.value < value) }
}

extension ValueInterval {
    /// The interval of one value; nil for an array or object.
    static func point(_ value: JSONValue) -> ValueInterval? {
        switch value {
        case .array, .object: return nil
        case .null, .bool, .number, .string:
            let bound = Bound(value: SortValue(value), isIncluded: true)
            return ValueInterval(lower: bound, upper: bound)
        }
    }

    /// The values of the same kind that are less than a number or text; nil for other kinds.
    static func below(_ value: JSONValue, isIncluded: Bool) -> ValueInterval? {
        kind(of: value).map {
            ValueInterval(lower: $0.lower, upper: Bound(value: SortValue(value), isIncluded: isIncluded))
        }
    }

    /// The values of the same kind that are greater than a number or text; nil for other kinds.
    static func above(_ value: JSONValue, isIncluded: Bool) -> ValueInterval? {
        kind(of: value).map {
            ValueInterval(lower: Bound(value: SortValue(value), isIncluded: isIncluded), upper: $0.upper)
        }
    }

    /// All numbers, which are between `true` and the empty text, or all texts.
    private static func kind(of value: JSONValue) -> ValueInterval? {
        let texts = Bound(value: SortValue(.string("")), isIncluded: true)
        switch value {
        case .number:
            return ValueInterval(
                lower: Bound(value: SortValue(.bool(true)), isIncluded: false),
                upper: Bound(value: texts.value, isIncluded: false))
        case .string:
            return ValueInterval(lower: texts, upper: Bound(value: SortValue(.array([])), isIncluded: false))
        case .null, .bool, .array, .object:
            return nil
        }
    }
}

/// The values that a condition matches: those in one of some intervals, or those in none of them.
struct MatchingValues: Sendable, Hashable {
    /// Separate intervals in ascending order.
    let intervals: [ValueInterval]
    let isNegated: Bool

    /// - Parameter intervals: intervals that are equal or have no value in common; nil for one without values.
    init(_ intervals: [ValueInterval?], isNegated: Bool = false) {
        self.intervals = Set(intervals.compactMap(\.self)).sorted { $0.lower.value < $1.lower.value }
        self.isNegated = isNegated
    }

    func contains(_ value: SortValue) -> Bool { isInInterval(value) != isNegated }

    private func isInInterval(_ value: SortValue) -> Bool {
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].isBelow(value) { low = middle + 1 } else { high = middle }
        }
        return low < intervals.count && intervals[low].contains(value)
    }
}
