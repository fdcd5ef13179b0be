import EventLog

/// How many events there are in each stretch of time, from the first event to the last.
///
/// Stretches begin at whole multiples of their width, so that they stay what they are while the log grows.
struct Histogram: Hashable, Sendable {
    /// The most stretches.
    static let maximumCount = 60

    /// How long a stretch is, in seconds.
    let width: Int64
    /// When the first begins, in seconds since 1970.
    let start: Int64
    let counts: [Int]

    /// Widths that read well, in seconds: up to a minute, an hour, a day, a week, four of them, a year.
    private static let widths: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_419_200, 31_536_000,
    ]

    /// Nil for an empty log. Costs a binary search by time a stretch: a thousand lookups in ten million events.
    init?(of log: EventLog, through head: Offset) throws(ReadError) {
        let first = log.first
        guard head >= first, let begin = try log.event(at: first)?.time, let end = try log.event(at: head)?.time else { return nil }
        let (earliest, latest) = (Self.seconds(begin), Self.seconds(end))
        func stretches(_ width: Int64) -> Int64 { Self.multiple(of: width, latest) / width - Self.multiple(of: width, earliest) / width + 1 }
        var width = Self.widths.first { stretches($0) <= Self.maximumCount } ?? Self.widths[Self.widths.count - 1]
        while stretches(width) > Self.maximumCount { width *= 2 }
        self.width = width
        start = Self.multiple(of: width, earliest)
        var counts: [Int] = []
        var reached = first
        for stretch in 1...stretches(width) {
            let end = min(head.next, try log.offset(at: Timestamp(microseconds: (start + stretch * width) * 1_000_000)))
            counts.append(Int(end.rawValue - reached.rawValue))
            reached = end
        }
        self.counts = counts
    }

    private static func seconds(_ time: Timestamp) -> Int64 { multiple(of: 1_000_000, time.rawValue) / 1_000_000 }

    /// The last multiple of `width` that is not beyond `value`.
    private static func multiple(of width: Int64, _ value: Int64) -> Int64 {
        let rest = value % width
        return value - (rest < 0 ? rest + width : rest)
    }

    /// `1 hour`, `15 minutes`
    var widthText: String {
        for (unit, name) in [(31_536_000, "year"), (604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")] as [(Int64, String)]
        where width.isMultiple(of: unit) {
            return width == unit ? name : "\(width / unit) \(name)s"
        }
        return width == 1 ? "second" : "\(width) seconds"
    }

    /// When a stretch begins.
    func begin(_ index: Int) -> Timestamp { Timestamp(microseconds: (start + Int64(index) * width) * 1_000_000) }
}
