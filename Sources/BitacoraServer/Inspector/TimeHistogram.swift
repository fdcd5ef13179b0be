import EventLog
import Handlebars
import Inspection

/// The number of events in equal intervals of time, from the first event to the last.
///
/// Each interval begins at a multiple of the width, so that the intervals stay the same while the log grows.
struct TimeHistogram: Hashable, Sendable {
    /// The maximum number of intervals.
    static let maximumCount = 60

    /// The length of an interval, in seconds.
    let width: Int64
    /// The beginning of the first interval, in seconds since 1970.
    let start: Int64
    /// The number of events in each interval.
    let counts: [Int]

    /// Widths that people use, in seconds: parts of a minute, an hour and a day, two days, a week, four weeks, a year.
    private static let widths: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        2_419_200, 31_536_000,
    ]

    /// Counts the events by binary searches for times, one for each interval: about a thousand lookups in ten million
    /// events.
    ///
    /// A damaged event counts in the interval of the next readable event. A damaged time makes the counts wrong and has
    /// no other effect.
    ///
    /// - Returns: nil for a log without a readable event.
    init?(of log: EventLog, through head: Offset) throws(ReadError) {
        let first = log.first
        let reader = LogReader(log, damage: Damage())
        guard head >= first, let begin = try reader.time(atOrAfter: first), let end = try reader.time(atOrBefore: head)
        else { return nil }
        let (earliest, latest) = (Self.seconds(min(begin, end)), Self.seconds(max(begin, end)))
        func intervals(_ width: Int64) -> Int64 {
            Self.multiple(of: width, latest) / width - Self.multiple(of: width, earliest) / width + 1
        }
        var width = Self.widths.first { intervals($0) <= Self.maximumCount } ?? Self.widths[Self.widths.count - 1]
        while intervals(width) > Self.maximumCount { width *= 2 }
        self.width = width
        start = Self.multiple(of: width, earliest)
        var counts: [Int] = []
        var reached = first
        let count = intervals(width)
        for interval in 1...count {
            let edge = Self.time(start + interval * width)
            let end = interval == count ? head.next : try reader.offset(at: edge, in: reached...head.next)
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

    /// The time, or the nearest time that exists: intervals may begin before all times and end after them.
    private static func time(_ seconds: Int64) -> Timestamp {
        let (microseconds, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return Timestamp(microseconds: isBeyond ? (seconds < 0 ? .min : .max) : microseconds)
    }

    /// The largest multiple of `width` that is not greater than `value`.
    private static func multiple(of width: Int64, _ value: Int64) -> Int64 {
        let rest = value % width
        return value - (rest < 0 ? rest + width : rest)
    }

    /// The width as text: `hour`, `15 minutes`.
    var widthText: String {
        for (unit, name) in [(31_536_000, "year"), (604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")]
            as [(Int64, String)]
        where width.isMultiple(of: unit) {
            return width == unit ? name : "\(width / unit) \(name)s"
        }
        return width == 1 ? "second" : "\(width) seconds"
    }

    /// The beginning of an interval.
    func begin(_ index: Int) -> Timestamp { Self.time(start + Int64(index) * width) }
}

/// A histogram as the bars of an SVG image, which is scaled to the width of the page.
struct HistogramChart {
    /// The height of the image, the distance between two bars, and the gap after each bar, in units of the image.
    static let height = 100
    static let step = 10
    private static let gap = 2
    /// The width of the image has room for at least this many bars, so that a few bars do not become wide.
    private static let minimumCount = 30

    private let histogram: TimeHistogram

    init(_ histogram: TimeHistogram) { self.histogram = histogram }

    private var most: Int { histogram.counts.max() ?? 0 }

    /// The data of the template.
    var value: Value {
        let histogram = histogram
        let most = max(1, most)
        let bars = Value.list(count: histogram.counts.count) { index in
            let count = histogram.counts[index]
            // One event among millions is still visible.
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
    /// The time in UTC: `2026-01-02 03:04:05`.
    var toTheSecond: String { String(shown.prefix(19)) }
}
