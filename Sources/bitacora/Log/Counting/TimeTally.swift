import EventLog
import Inspection

/// Counts events by the span of time they fall into.
struct TimeTally {
    enum Span: Int64 {
        case minute = 60_000_000
        case hour = 3_600_000_000
        case day = 86_400_000_000
    }

    /// How many spans there may be.
    static let maximumBuckets = 10_000

    private let span: Span

    init(by span: Span) { self.span = span }

    /// A row for each span from that of the first event to that of the last.
    ///
    /// Where all events are selected, and so each span is a run of offsets, none is read but
    /// those that a search for the ends of the spans comes across.
    ///
    /// - Throws: `Failure` when there would be too many rows; `ReadError`.
    func rows(_ reader: LogReader, _ range: EventRange, limit: Int?) throws -> [CountedRow] {
        let (first, last) = (max(range.after.next, reader.log.first), min(range.end, reader.log.head))
        guard first <= last, let begin = try reader.time(atOrAfter: first) else { return [] }
        if reader.selection.isAll, limit == nil {
            let end = try reader.time(atOrAfter: last) ?? begin
            return try rows(from: bucket(of: begin), counts: runs(reader, first, last, begin, end))
        }
        return try counted(reader, range, limit ?? .max)
    }

    private func bucket(of time: Timestamp) -> Int64 {
        // Rounded down, also before 1970.
        let (bucket, rest) = time.rawValue.quotientAndRemainder(dividingBy: span.rawValue)
        return rest < 0 ? bucket - 1 : bucket
    }

    private func rows(from bucket: Int64, counts: [Int]) -> [CountedRow] {
        counts.enumerated().map { index, count in
            CountedRow(name: label(begin(of: bucket + Int64(index))), events: count)
        }
    }

    /// A damaged time may be one whose span begins before all times; then any will do.
    private func begin(of bucket: Int64) -> Timestamp { Timestamp(microseconds: bucket &* span.rawValue) }

    /// `2026-01-02`, `2026-01-02T03:04Z`: as `--since` takes it.
    private func label(_ time: Timestamp) -> String {
        let text = time.description
        return span == .day ? String(text.prefix(10)) : text.prefix(16) + "Z"
    }

    private func check(_ first: Int64, _ last: Int64) throws(Failure) {
        guard last - first >= Self.maximumBuckets else { return }
        let (rows, limit) = (Amount.grouped(last - first + 1), Amount.grouped(Self.maximumBuckets))
        throw Failure(
            ExitStatus.refused,
            "the table would have \(rows) rows, and the limit is \(limit); select fewer events with --since and --until, or count by a longer span"
        )
    }

    private func runs(
        _ reader: LogReader, _ first: Offset, _ last: Offset, _ begin: Timestamp, _ end: Timestamp
    ) throws -> [Int] {
        // Times never go back along the log, unless one is damaged.
        let (from, to) = (bucket(of: begin), max(bucket(of: begin), bucket(of: end)))
        try check(from, to)
        var counts: [Int] = []
        var start = first
        for bucket in from...to {
            let next =
                bucket == to
                ? last.next : try reader.offset(at: self.begin(of: bucket + 1), in: start...last.next)
            counts.append(Int(clamping: next.rawValue - start.rawValue))
            start = next
        }
        return counts
    }

    private func counted(_ reader: LogReader, _ range: EventRange, _ limit: Int) throws -> [CountedRow] {
        var counts: [Int] = []
        var from: Int64?
        var beyond: Int64?
        var remaining = limit
        let last = min(range.end, reader.log.head)
        var reached = range.after
        while reached < last, remaining > 0, beyond == nil {
            reached = try reader.scan(after: reached, through: last) { view in
                let bucket = bucket(of: view.time)
                let place = max(0, bucket - (from ?? bucket))
                guard place < Self.maximumBuckets else {
                    beyond = bucket
                    return false
                }
                if from == nil { from = bucket }
                while counts.count <= Int(place) { counts.append(0) }
                counts[Int(place)] += 1
                remaining -= 1
                return remaining > 0
            }
        }
        guard let from else { return [] }
        if let beyond { try check(from, beyond) }
        return rows(from: from, counts: counts)
    }
}
