import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log stats`: how much is in a log, since when, and who writes it.
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the identity and the size of a log, and what it is made of.",
            discussion: """
                Example: bitacora log stats

                The fields of --json are log, directory, created, events, first, head, position, firstTime, \
                lastTime, secondsAhead (how far the log's time is ahead of the clock), eventsPerSecond, bytes, \
                maximumBytes, topics, ids, snapshots (name, offset, bytes), \
                writer (process, durability, address), freeBytes (which the next appends use before the file grows), \
                readers (reads under way), activity (\(EventTimeline.parts) spans of the same length from the first event to \
                the last: from, events), topicCounts and typeCounts (name, events; the \(Self.namedCounts) largest). \
                The rate is taken from the first event to the last.
                """)

        @OptionGroup var log: LogOptions

        func run() async throws {
            // A look at who reads must not change it.
            let log = try log.open { $0.clearsStaleReaders = false }
            defer { log.close() }
            let summary = try Summary(log)
            let output = Output()
            output.add(self.log.isJSON ? summary.json.text + "\n" : summary.text(for: .standardOutput))
            try output.flush()
        }

        /// How many topics and types are named one by one; there may be millions.
        static let namedCounts = 100
        /// How many of them are shown to people.
        static let shownCounts = 10
    }
}

extension Log.Stats {
    private struct Summary {
        let log: EventLog
        let statistics: EventLog.Statistics
        let writer: WriterHolder?
        let freeBytes: Int
        let readers: [EventLog.Reader]
        let activity: EventTimeline
        /// The largest number first.
        let topics: [EventCount]
        let types: [EventCount]

        init(_ log: EventLog) throws {
            self.log = log
            statistics = try log.statistics()
            writer = WriterHolder.current(in: log.directory)
            freeBytes = try log.freeBytes()
            // Our own look is none of them.
            readers = try log.readers().filter { $0.process != getpid() }
            activity = try EventTimeline(LogReader(log))
            topics = Self.sorted(try log.topics().map { EventCount(name: $0.name, events: $0.events) })
            types = Self.sorted(try log.types().map { EventCount(name: $0.name, events: $0.events) })
        }

        private static func sorted(_ rows: [EventCount]) -> [EventCount] {
            rows.sorted { ($1.events, $0.name ?? "") < ($0.events, $1.name ?? "") }
        }

        /// From the first event to the last.
        private var seconds: Double? {
            guard let first = statistics.firstTime, let last = statistics.lastTime, last > first else { return nil }
            return Double(last.rawValue - first.rawValue) / 1e6
        }

        /// How far the log's time is ahead of the clock; 0 when it is not ahead.
        private var secondsAhead: Double { statistics.timeAhead / .seconds(1) }

        var fields: FieldList {
            var fields = FieldList()
            fields.add("log", "\(log.id) in \(log.directory)")
            fields.add("created", "\(statistics.created)")
            fields.add(
                "events",
                Amount.grouped(statistics.events)
                    + (statistics.events == 0 ? "" : ", offsets \(statistics.first) to \(statistics.head)"))
            fields.add("first", statistics.firstTime?.description)
            fields.add("last", statistics.lastTime?.description)
            fields.add(
                "ahead",
                secondsAhead > 0
                    ? "the log's time is \(Amount.duration(seconds: secondsAhead)) ahead of the clock" : nil)
            fields.add(
                "rate",
                seconds.map {
                    "\(Amount.rate(Double(statistics.events) / $0)) events/s over \(Amount.duration(seconds: $0))"
                })
            if !activity.counts.isEmpty {
                fields.add("activity", "\(activity.line)  each \(Amount.duration(seconds: activity.seconds))")
            }
            fields.add("topics", Amount.grouped(statistics.topics))
            fields.add("ids", Amount.grouped(statistics.ids))
            fields.add("size", "\(Amount.bytes(statistics.bytes)) of at most \(Amount.bytes(statistics.maximumBytes))")
            fields.add("free", "\(Amount.bytes(freeBytes)) of that, for the next appends")
            if statistics.snapshots.isEmpty { fields.add("snapshots", "none") }
            for snapshot in statistics.snapshots {
                fields.add("snapshots", "\(snapshot.name) at offset \(snapshot.offset), \(Amount.bytes(snapshot.size))")
            }
            fields.add(
                "writer", writer.map { "process \($0.process)\($0.address.map { " at \($0)" } ?? "")" } ?? "none")
            fields.add("durability", writer?.durability?.description)
            fields.add(
                "readers",
                readers.isEmpty
                    ? "none" : "\(Amount.grouped(readers.count)), \(readers.filter(\.isStale).count) of them stale")
            return fields
        }

        func text(for terminal: Terminal) -> String {
            fields.text(for: terminal) + Self.bars("TOPIC", topics, terminal) + Self.bars("TYPE", types, terminal)
        }

        private static func bars(_ title: String, _ rows: [EventCount], _ terminal: Terminal) -> String {
            guard !rows.isEmpty else { return "" }
            let rest = rows.dropFirst(Log.Stats.shownCounts).reduce(0) { $0 + $1.events }
            let shown =
                rows.prefix(Log.Stats.shownCounts)
                + (rest == 0 ? [] : [EventCount(name: nil, events: rest, isRest: true)])
            return "\n" + BarChart(title: title, Array(shown)).text(for: terminal)
        }

        var json: JSONValue {
            let snapshots = statistics.snapshots.map { snapshot -> JSONValue in
                ["name": .string(snapshot.name), "offset": .offset(snapshot.offset), "bytes": .integer(snapshot.size)]
            }
            return [
                "log": .string(log.id.description), "directory": .string(log.directory),
                "created": .string(statistics.created.description), "events": .integer(statistics.events),
                "first": .offset(statistics.first), "head": .offset(statistics.head),
                "position": .string("\(Position(log: log.id, offset: statistics.head))"),
                "firstTime": .text(statistics.firstTime), "lastTime": .text(statistics.lastTime),
                "secondsAhead": .decimal(secondsAhead),
                "eventsPerSecond": seconds.map { .decimal(Double(statistics.events) / $0) } ?? .null,
                "bytes": .integer(statistics.bytes),
                "maximumBytes": .integer(statistics.maximumBytes),
                "topics": .integer(statistics.topics), "ids": .integer(statistics.ids),
                "snapshots": .array(snapshots), "writer": writerJSON, "freeBytes": .integer(freeBytes),
                "readers": .integer(readers.count),
                "activity": activity.json, "topicCounts": Self.json(topics), "typeCounts": Self.json(types),
            ]
        }

        private static func json(_ rows: [EventCount]) -> JSONValue {
            .array(rows.prefix(Log.Stats.namedCounts).map { ["name": .text($0.name), "events": .integer($0.events)] })
        }

        private var writerJSON: JSONValue {
            guard let writer else { return .null }
            return [
                "process": .integer(writer.process), "durability": .text(writer.durability),
                "address": .text(writer.address),
            ]
        }
    }
}

/// How much happened over the life of a log, in spans of the same length.
struct EventTimeline {
    /// How many spans: as many as a line of 60 columns shows beside their length.
    static let parts = 30

    private let begin: Timestamp
    private let end: Timestamp
    /// Empty when the log is, or all of it happened at once.
    let counts: [Int]

    /// Costs a search for the end of each span.
    init(_ reader: LogReader) throws(ReadError) {
        let (first, head) = (reader.log.first, reader.log.head)
        guard first <= head, let begin = try reader.time(atOrAfter: first), let end = try reader.time(atOrBefore: head),
            begin < end
        else {
            (begin, end, counts) = (Timestamp(microseconds: 0), Timestamp(microseconds: 0), [])
            return
        }
        (self.begin, self.end) = (begin, end)
        var counts: [Int] = []
        var start = first
        for part in 1...Self.parts {
            let next =
                part == Self.parts
                ? head.next : try reader.offset(at: Self.edge(part, begin, end), in: start...head.next)
            counts.append(Int(clamping: next.rawValue - start.rawValue))
            start = next
        }
        self.counts = counts
    }

    /// Where the part of that number begins, from 0 on.
    private static func edge(_ part: Int, _ begin: Timestamp, _ end: Timestamp) -> Timestamp {
        // Doubles tell microseconds apart until the year 2255, and a damaged time makes nothing overflow.
        let (first, last) = (Double(begin.rawValue), Double(end.rawValue))
        return Timestamp(
            microseconds: Int64(max(-9e18, min(9e18, first + (last - first) * Double(part) / Double(parts)))))
    }

    var line: String { Sparkline.line(counts) }

    /// The length of a span.
    var seconds: Double { (Double(end.rawValue) - Double(begin.rawValue)) / 1e6 / Double(Self.parts) }

    var json: JSONValue {
        .array(
            counts.enumerated().map { part, events in
                ["from": .text(Self.edge(part, begin, end)), "events": .integer(events)]
            })
    }
}
