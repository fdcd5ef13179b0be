internal import Base64

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

/// The last event a reader has: `logid:offset`.
///
/// The log id lets a log tell that an offset was meant for another one
/// (restored, wiped), instead of silently skipping events.
public struct Position: Hashable, Sendable {
    public let log: LogID
    public let offset: Offset

    public init(log: LogID, offset: Offset) {
        self.log = log
        self.offset = offset
    }
}

extension Position: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let log = LogID(String(parts[0])), let offset = Offset(parts[1]) else { return nil }
        self.init(log: log, offset: offset)
    }

    public var description: String { "\(log):\(offset)" }
}

/// The identity of a log: 8 random bytes made with it, written as 16 hexadecimal digits.
public struct LogID: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    static func random() -> LogID { LogID(rawValue: .random(in: 1...UInt64.max)) }
}

extension LogID: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        let isHexadecimal = description.utf8.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
        guard description.utf8.count == 16, isHexadecimal, let value = UInt64(description, radix: 16) else {
            return nil
        }
        rawValue = value
    }

    public var description: String { rawValue.hexadecimal(digits: 16) }
}
