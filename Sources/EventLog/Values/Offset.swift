/// An event's place in the log: 1, 2, 3 …, dense and never reused.
///
/// `Offset.start` (0) means "before everything".
public struct Offset: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ value: UInt64) { rawValue = value }

    public static let start = Offset(0)
    /// Beyond every event there can be.
    public static let end = Offset(.max)

    public static func < (left: Offset, right: Offset) -> Bool { left.rawValue < right.rawValue }

    /// The place after this one.
    public var next: Offset { Offset(rawValue + 1) }
    /// The place before this one; `start` has none and stays.
    public var previous: Offset { Offset(rawValue == 0 ? 0 : rawValue - 1) }
}

extension Offset: CustomStringConvertible, LosslessStringConvertible, ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { rawValue = value }

    /// Decimal digits only: no sign, no space.
    public init?(_ text: some StringProtocol) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.utf8.allSatisfy(digits.contains), let value = UInt64(text) else { return nil }
        rawValue = value
    }

    public var description: String { String(rawValue) }
}
