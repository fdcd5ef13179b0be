internal import Base64

/// The identity of a log: 8 random bytes made with it, written as 16 hexadecimal digits.
public struct LogID: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    static func random() -> LogID { LogID(rawValue: .random(in: 1...UInt64.max)) }
}

extension LogID: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        guard description.utf8.count == 16, let value = Hexadecimal.number(description.utf8) else { return nil }
        rawValue = value
    }

    public var description: String { rawValue.hexadecimal(digits: 16) }
}
