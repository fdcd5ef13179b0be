/// A point in time as the log keeps it: microseconds since 1970-01-01T00:00:00Z.
///
/// The marketplace has no clock: whoever has it decide or apply says what time it is.
public struct Moment: Sendable, Hashable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Orders moments, the earlier first.
    public static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }

    /// The moment so many seconds later; the latest there is when that is out of range.
    func adding(seconds: Int) -> Moment {
        let (span, isLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isLate) = microseconds.addingReportingOverflow(span)
        return Moment(microseconds: isLong || isLate ? .max : sum)
    }

    /// The whole seconds until a later moment, rounded up.
    func seconds(until later: Moment) -> Int {
        let (span, isLong) = later.microseconds.subtractingReportingOverflow(microseconds)
        return isLong ? .max : Int(max(span, 0) / 1_000_000 + (max(span, 0) % 1_000_000 > 0 ? 1 : 0))
    }
}
