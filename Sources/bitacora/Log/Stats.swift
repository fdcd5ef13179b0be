import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log stats`: prints the size, contents, writer and readers of a log.
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the size, contents, writer and readers of a log.",
            discussion: """
                Example: bitacora log stats

                The fields of --json are log, directory, created, events, first, head, position, firstTime, \
                lastTime, secondsAhead (how far the log's time is ahead of the clock), eventsPerSecond, bytes, \
                maximumBytes, topics, ids, snapshots (name, offset, bytes), \
                writer (process, durability, address), freeBytes (used by the next appends before the file grows), \
                readers (the number of active readers), activity (from and events of \(EventTimeline.parts) equal spans \
                between the first and the last event), topicCounts and typeCounts (name, events; the \
                \(Self.namedCounts) largest). eventsPerSecond is the average between the first and the last event.
                """)

        @OptionGroup var log: LogOptions

        func run() async throws {
            // Keeps stale readers, which this command reports.
            let log = try log.open { $0.clearsStaleReaders = false }
            defer { log.close() }
            let summary = try Summary(log)
            try self.log.printResult(summary.json, summary.text(for: .standardOutput))
        }

        /// How many topics and types are in the JSON; there may be millions.
        static let namedCounts = 100
        /// How many topics and types are in the text.
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
        /// Sorted by number of events, the largest first.
        let topics: [EventCount]
        let types: [EventCount]

        init(_ log: EventLog) throws {
            self.log = log
            statistics = try log.statistics()
            writer = WriterHolder.current(in: log.directory)
            freeBytes = try log.freeBytes()
            // Without the reader of this command.
            readers = try log.readers().filter { $0.process != getpid() }
            activity = try EventTimeline(LogReader(log))
            topics = Self.sorted(try log.topics().map { EventCount(name: $0.name, events: $0.events) })
            types = Self.sorted(try log.types().map { EventCount(name: $0.name, events: $0.events) })
        }

        private static func sorted(_ rows: [EventCount]) -> [EventCount] {
            rows.sorted { ($1.events, $0.name ?? "") < ($0.events, $1.name ?? "") }
        }

        /// Seconds between the first and the last event.
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
            addEvents(to: &fields)
            addStorage(to: &fields)
            fields.add(
                "writer", writer.map { "process \($0.process)\($0.address.map { " at \($0)" } ?? "")" } ?? "none")
            fields.add("durability", writer?.durability?.description)
            fields.add(
                "readers",
                readers.isEmpty
                    ? "none" : "\(Amount.grouped(readers.count)), \(readers.filter(\.isStale).count) of them stale")
            return fields
        }

        private func addEvents(to fields: inout FieldList) {
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
        }

        private func addStorage(to fields: inout FieldList) {
            fields.add("topics", Amount.grouped(statistics.topics))
            fields.add("ids", Amount.grouped(statistics.ids))
            fields.add("size", "\(Amount.bytes(statistics.bytes)) of at most \(Amount.bytes(statistics.maximumBytes))")
            fields.add("free", "\(Amount.bytes(freeBytes)) of that, used by the next appends")
            if statistics.snapshots.isEmpty { fields.add("snapshots", "none") }
            for snapshot in statistics.snapshots {
                fields.add("snapshots", "\(snapshot.name) at offset \(snapshot.offset), \(Amount.bytes(snapshot.size))")
            }
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

/// The numbers of events in spans of equal length between the first and the last event of a log.
struct EventTimeline {
    /// The number of spans, which fit into a line of 60 columns together with their length.
    static let parts = 30

    private let begin: Timestamp
    private let end: Timestamp
    /// Empty when the log is empty, or when all events have the same time.
    let counts: [Int]

    /// Costs a binary search for the end of each span.
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

    /// The start of a span, counted from 0.
    private static func edge(_ part: Int, _ begin: Timestamp, _ end: Timestamp) -> Timestamp {
        // A Double holds whole microseconds until the year 2255, and does not overflow with a damaged time.
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
