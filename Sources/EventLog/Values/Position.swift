internal import Base64

/// The place of an event in the log: 1, 2, 3 …, dense and never reused.
///
/// ``start`` (0) is the place before the first event.
public struct Offset: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number of the event.
    public let rawValue: UInt64

    /// Makes an offset from a number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Makes an offset from a number.
    public init(_ value: UInt64) { rawValue = value }

    /// The offset before every event: 0.
    public static let start = Offset(0)
    /// The offset after every possible event: 2⁶⁴ − 1.
    public static let end = Offset(.max)

    /// Whether the first event is before the second.
    public static func < (left: Offset, right: Offset) -> Bool { left.rawValue < right.rawValue }

    /// The offset after this one.
    public var next: Offset { Offset(rawValue + 1) }
    /// The offset before this one; `start` for ``start`` itself.
    public var previous: Offset { Offset(rawValue == 0 ? 0 : rawValue - 1) }
}

extension Offset: CustomStringConvertible, LosslessStringConvertible, ExpressibleByIntegerLiteral {
    /// Makes an offset from an integer literal.
    public init(integerLiteral value: UInt64) { rawValue = value }

    /// Reads an offset from decimal digits.
    ///
    /// - Returns: nil when the text has a sign, a space or no digit, or when the number is larger than 2⁶⁴ − 1.
    public init?(_ text: some StringProtocol) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.utf8.allSatisfy(digits.contains), let value = UInt64(text) else { return nil }
        rawValue = value
    }

    /// The number in decimal digits.
    public var description: String { String(rawValue) }
}

/// The identity of a log: 8 random bytes that are made with the log, written as 16 hexadecimal digits.
public struct LogID: RawRepresentable, Hashable, Sendable {
    /// The bytes as a number.
    public let rawValue: UInt64

    /// Makes an id from a number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    static func random() -> LogID { LogID(rawValue: .random(in: 1...UInt64.max)) }
}

extension LogID: CustomStringConvertible, LosslessStringConvertible {
    /// Reads an id from 16 hexadecimal digits; nil for any other text.
    public init?(_ description: String) {
        guard description.utf8.count == 16, let value = Hexadecimal.number(description.utf8) else { return nil }
        rawValue = value
    }

    /// 16 hexadecimal digits.
    public var description: String { rawValue.hexadecimal(digits: 16) }
}

/// An offset together with the log that it belongs to, written as `logid:offset`.
///
/// A reader keeps the position of the last event that it has. With the id of the log, a log can detect an offset of another
/// log, for example after a restore, instead of silently skipping events.
public struct Position: Hashable, Sendable {
    /// The log that the offset belongs to.
    public let log: LogID
    /// The last event that the reader has.
    public let offset: Offset

    /// Makes a position.
    public init(log: LogID, offset: Offset) {
        self.log = log
        self.offset = offset
    }
}

extension Position: CustomStringConvertible, LosslessStringConvertible {
    /// Reads a position such as `00000000000000ff:17`; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let log = LogID(String(parts[0])), let offset = Offset(parts[1]) else { return nil }
        self.init(log: log, offset: offset)
    }

    /// The position as text, such as `00000000000000ff:17`.
    public var description: String { "\(log):\(offset)" }
}
