import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log histogram`: counts events by a key.
    struct Histogram: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count events by time, type, topic or source.",
            discussion: """
                Example: bitacora log histogram --by hour --since 1d --type message.posted

                Minutes, hours and days are in UTC. Spans without events between others are printed too; the limit is \
                \(TimeCounter.maximumBuckets) rows. Names are sorted by their numbers of events, the largest first; beyond \
                \(NameCounter.maximumNames) names, the events of all other names are counted together.

                The fields of --json are by, key (the start of a span, or a name; null for events without a source), \
                events and share; the row of all other names also has others (true).
                """)

        enum Key: String, CaseIterable, ExpressibleByArgument {
            case minute, hour, day, type, topic, source
        }

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Option(help: ArgumentHelp("The key to count by.", valueName: "key"))
        var by: Key

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let reader = LogReader(log, try filters.selection())
            let range = try filters.range(in: reader)
            let rows = try rows(reader, range)
            let output = Output()
            if self.log.isJSON {
                let total = rows.reduce(0) { $0 + $1.events }
                for row in rows {
                    output.add(json(row, of: total).text + "\n")
                    if output.isFull { try output.flush() }
                }
            } else {
                output.add(BarChart(title: by.rawValue.uppercased(), rows).text(for: .standardOutput))
            }
            try output.flush()
            try reader.damage.check()
        }

        private func rows(_ reader: LogReader, _ range: EventRange) throws -> [EventCount] {
            switch by {
            case .minute, .hour, .day:
                try TimeCounter(by: by == .minute ? .minute : by == .hour ? .hour : .day).rows(
                    reader, range, limit: filters.limit)
            case .type, .topic, .source:
                try names(reader, range).rows
            }
        }

        private func names(_ reader: LogReader, _ range: EventRange) throws(ReadError) -> NameCounter {
            var tally = NameCounter()
            if let counts = try indexed(reader, range) {
                for (name, events) in counts { tally.add(name.utf8.span.bytes, events) }
                return tally
            }
            var remaining = filters.limit ?? .max
            let key = by
            let last = min(range.end, reader.log.head)
            var reached = range.after
            while reached < last, remaining > 0 {
                reached = try reader.scan(after: reached, through: last) { view in
                    switch key {
                    case .type: tally.add(view.type)
                    case .topic: tally.add(view.topic)
                    default: tally.add(view.source)
                    }
                    remaining -= 1
                    return remaining > 0
                }
            }
            return tally
        }

        /// The counts that the log stores; nil when the filters or the key need other counts.
        private func indexed(_ reader: LogReader, _ range: EventRange) throws(ReadError) -> [(String, Int)]? {
            let log = reader.log
            guard reader.selection.isAll, filters.limit == nil, range.after < log.first, range.end >= log.head else {
                return nil
            }
            switch by {
            case .topic: return try log.topics().map { ($0.name, $0.events) }
            case .type: return try log.types().map { ($0.name, $0.events) }
            default: return nil
            }
        }

        private func json(_ row: EventCount, of total: Int) -> JSONValue {
            var object: JSONObject = [
                "by": .string(by.rawValue), "key": .text(row.name), "events": .integer(row.events),
                "share": .decimal(total == 0 ? 0 : Double(row.events) / Double(total)),
            ]
            if row.isRest { object["others"] = true }
            return .object(object)
        }
    }
}

/// Counts events by a name, such as the topic.
struct NameCounter {
    /// How many names are counted one by one; a log may have millions of topics.
    static let maximumNames = 100_000

    private let limit: Int
    private var counts: [[UInt8]: Int] = [:]
    private var others = 0
    /// The events in a row that have the same name, which is frequent.
    private var run: (name: [UInt8], count: Int) = ([], 0)

    init(limit: Int = Self.maximumNames) { self.limit = limit }

    mutating func add(_ name: RawSpan, _ count: Int = 1) {
        let isSame = name.withUnsafeBytes { $0.elementsEqual(run.name) }
        if !isSame {
            settle()
            run.name = name.withUnsafeBytes { Array($0) }
        }
        run.count += count
    }

    private mutating func settle() {
        guard run.count > 0 else { return }
        if counts[run.name] != nil || counts.count < limit {
            counts[run.name, default: 0] += run.count
        } else {
            others += run.count
        }
        run.count = 0
    }

    /// Sorted by number of events, the largest first, and by name; the events of all other names are the last row.
    var rows: [EventCount] {
        var tally = self
        tally.settle()
        let rows = tally.counts.map {
            EventCount(name: $0.key.isEmpty ? nil : String(decoding: $0.key, as: UTF8.self), events: $0.value)
        }
        let sorted = rows.sorted { ($1.events, $0.name ?? "") < ($0.events, $1.name ?? "") }
        return tally.others == 0 ? sorted : sorted + [EventCount(name: nil, events: tally.others, isRest: true)]
    }
}

/// Counts events by spans of time.
struct TimeCounter {
    enum Span: Int64 {
        case minute = 60_000_000
        case hour = 3_600_000_000
        case day = 86_400_000_000
    }

    /// The limit of spans.
    static let maximumBuckets = 10_000

    private let span: Span

    init(by span: Span) { self.span = span }

    /// Returns a row for each span, from the span of the first event to the span of the last.
    ///
    /// When all events are selected, each span is a range of offsets, whose ends are found by binary search.
    ///
    /// - Throws: `Failure` when there would be too many rows; `ReadError`.
    func rows(_ reader: LogReader, _ range: EventRange, limit: Int?) throws -> [EventCount] {
        let (first, last) = (max(range.after.next, reader.log.first), min(range.end, reader.log.head))
        guard first <= last, let begin = try reader.time(atOrAfter: first) else { return [] }
        if reader.selection.isAll, limit == nil {
            let end = try reader.time(atOrAfter: last) ?? begin
            return try rows(from: bucket(of: begin), counts: runs(reader, first, last, begin, end))
        }
        return try counted(reader, range, limit ?? .max)
    }

    private func bucket(of time: Timestamp) -> Int64 {
        // Rounds down, also before 1970.
        let (bucket, rest) = time.rawValue.quotientAndRemainder(dividingBy: span.rawValue)
        return rest < 0 ? bucket - 1 : bucket
    }

    private func rows(from bucket: Int64, counts: [Int]) -> [EventCount] {
        counts.enumerated().map { index, count in
            EventCount(name: label(begin(of: bucket + Int64(index))), events: count)
        }
    }

    /// The start of a span. A damaged time may be in a span that begins before all times; any start will do then.
    private func begin(of bucket: Int64) -> Timestamp { Timestamp(microseconds: bucket &* span.rawValue) }

    /// `2026-01-02` or `2026-01-02T03:04Z`, which `--since` accepts.
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
        // Times never decrease along the log, unless one is damaged.
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

    private func counted(_ reader: LogReader, _ range: EventRange, _ limit: Int) throws -> [EventCount] {
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
