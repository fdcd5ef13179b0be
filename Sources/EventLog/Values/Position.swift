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
