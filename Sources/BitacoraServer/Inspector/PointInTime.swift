import EventLog

/// A time as visitors write it: RFC 3339, a date, seconds since 1970, or an age such as `15m`.
enum PointInTime {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// What may be written, for messages.
    static let forms = "2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d"

    /// - Returns: nil when `text` is none of these, or an age of more than a thousand years.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        guard let unit = text.last.flatMap({ units[$0] }) else { return Timestamp(text) }
        guard let count = Offset(text.dropLast()), text.utf8.count > 1, count.rawValue <= 1000 * 366 * 86_400 / UInt64(unit) else { return nil }
        return Timestamp(microseconds: now.rawValue - Int64(count.rawValue) * unit * 1_000_000)
    }
}

extension EventLog {
    /// The last event that had happened at `time`; the one before the first when none had.
    func offset(asOf time: Timestamp) throws(ReadError) -> Offset {
        guard time.rawValue < .max else { return head }
        return try offset(at: Timestamp(microseconds: time.rawValue + 1)).previous
    }
}
