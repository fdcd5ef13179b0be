internal import Glibc

/// Microseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }
    public init(microseconds: Int64) { rawValue = microseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.rawValue < right.rawValue }

    /// The time so long before; the earliest there is when that is out of range.
    public static func - (time: Timestamp, age: Duration) -> Timestamp {
        let (seconds, attoseconds) = age.components
        let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (result, underflow) = time.rawValue.subtractingReportingOverflow(overflow ? .max : microseconds)
        return Timestamp(rawValue: underflow ? .min : result - attoseconds / 1_000_000_000_000)
    }

    /// The wall clock, which may go back; the log's own times do not.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
