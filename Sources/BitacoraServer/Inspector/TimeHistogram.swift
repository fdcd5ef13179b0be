import EventLog
import Handlebars
import Inspection

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
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        2_419_200, 31_536_000,
    ]

    /// Nil for an empty log, and one in which no event can be read. Costs a binary search by time a stretch: a
    /// thousand lookups in ten million events.
    ///
    /// A damaged event counts in the stretch of the next that can be read; a damaged time changes the chart, not more.
    init?(of log: EventLog, through head: Offset) throws(ReadError) {
        let first = log.first
        let reader = LogReader(log, damage: Damage())
        guard head >= first, let begin = try reader.time(atOrAfter: first), let end = try reader.time(atOrBefore: head)
        else { return nil }
        let (earliest, latest) = (Self.seconds(min(begin, end)), Self.seconds(max(begin, end)))
        func stretches(_ width: Int64) -> Int64 {
            Self.multiple(of: width, latest) / width - Self.multiple(of: width, earliest) / width + 1
        }
        var width = Self.widths.first { stretches($0) <= Self.maximumCount } ?? Self.widths[Self.widths.count - 1]
        while stretches(width) > Self.maximumCount { width *= 2 }
        self.width = width
        start = Self.multiple(of: width, earliest)
        var counts: [Int] = []
        var reached = first
        let count = stretches(width)
        for stretch in 1...count {
            let edge = Self.time(start + stretch * width)
            let end = stretch == count ? head.next : try reader.offset(at: edge, in: reached...head.next)
            counts.append(Int(clamping: end.rawValue - reached.rawValue))
            reached = end
        }
        self.counts = counts
    }

    /// Whole seconds since 1970 up to `time`.
    private static func seconds(_ time: Timestamp) -> Int64 {
        let (seconds, rest) = time.rawValue.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? seconds - 1 : seconds
    }

    /// The nearest there is: stretches may begin before all times, and end after them.
    private static func time(_ seconds: Int64) -> Timestamp {
        let (microseconds, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return Timestamp(microseconds: isBeyond ? (seconds < 0 ? .min : .max) : microseconds)
    }

    /// The last multiple of `width` that is not beyond `value`.
    private static func multiple(of width: Int64, _ value: Int64) -> Int64 {
        let rest = value % width
        return value - (rest < 0 ? rest + width : rest)
    }

    /// `1 hour`, `15 minutes`
    var widthText: String {
        for (unit, name) in [(31_536_000, "year"), (604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")]
            as [(Int64, String)]
        where width.isMultiple(of: unit) {
            return width == unit ? name : "\(width / unit) \(name)s"
        }
        return width == 1 ? "second" : "\(width) seconds"
    }

    /// When a stretch begins.
    func begin(_ index: Int) -> Timestamp { Self.time(start + Int64(index) * width) }
}

/// Events over time as bars, in the units of an SVG that stretches to the width it has.
struct Chart {
    /// The size of the drawing, of a stretch of time, and the gap after each bar.
    static let height = 100
    static let step = 10
    private static let gap = 2
    /// A short history does not fill the width: its bars stay bars.
    private static let minimumCount = 30

    private let histogram: Histogram

    init(_ histogram: Histogram) { self.histogram = histogram }

    private var most: Int { histogram.counts.max() ?? 0 }

    /// As the templates see it.
    var value: Value {
        let histogram = histogram
        let most = max(1, most)
        let bars = Value.list(count: histogram.counts.count) { index in
            let count = histogram.counts[index]
            // One event among millions still shows.
            let height = count == 0 ? 0 : max(1, count * Self.height / most)
            return [
                "x": Value(index * Self.step), "y": Value(Self.height - height), "width": Value(Self.step - Self.gap),
                "height": Value(height),
                "label": .string("\(histogram.begin(index).toTheSecond): \(Amount.counted(count, "event"))"),
            ]
        }
        return [
            "width": Value(max(histogram.counts.count, Self.minimumCount) * Self.step - Self.gap),
            "height": Value(Self.height), "bars": bars,
            "unit": .string(histogram.widthText), "most": .string(Amount.grouped(most)),
            "begin": .string(histogram.begin(0).toTheSecond),
            "end": .string(histogram.begin(histogram.counts.count).toTheSecond),
            "busiest": .string(histogram.counts.firstIndex(of: most).map { histogram.begin($0).toTheSecond } ?? ""),
        ]
    }
}

extension Timestamp {
    /// `2026-01-02 03:04:05`, in UTC.
    var toTheSecond: String { String(shown.prefix(19)) }
}
