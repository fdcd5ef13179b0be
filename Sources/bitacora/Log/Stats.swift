import ArgumentParser
import EventLog
import JSON

extension Log {
    /// `bitacora log stats`: how much is in a log, since when, and who writes it.
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the identity and the size of a log.",
            discussion: """
                Example: bitacora log stats

                The fields of --json are log, directory, created, events, first, head, position, firstTime, \
                lastTime, eventsPerSecond, bytes, maximumBytes, topics, ids, snapshots (name, offset, bytes) and \
                writer (process, durability, address). The rate is taken from the first event to the last.
                """)

        @OptionGroup var log: LogOptions

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let summary = Summary(
                log: log, statistics: try log.statistics(), writer: WriterHolder.current(in: log.directory))
            let output = Output()
            output.add(self.log.isJSON ? summary.json.text + "\n" : summary.fields.text(for: .standardOutput))
            try output.flush()
        }
    }
}

extension Log.Stats {
    private struct Summary {
        let log: EventLog
        let statistics: EventLog.Statistics

        let writer: WriterHolder?

        /// From the first event to the last.
        private var seconds: Double? {
            guard let first = statistics.firstTime, let last = statistics.lastTime, last > first else { return nil }
            return Double(last.rawValue - first.rawValue) / 1e6
        }

        var fields: FieldList {
            var fields = FieldList()
            fields.add("log", "\(log.id) in \(log.directory)")
            fields.add("created", "\(statistics.created)")
            fields.add("events", Amount.grouped(statistics.events) + (statistics.events == 0 ? "" : ", offsets \(statistics.first) to \(statistics.head)"))
            fields.add("first", statistics.firstTime?.description)
            fields.add("last", statistics.lastTime?.description)
            fields.add("rate", seconds.map { "\(Amount.rate(Double(statistics.events) / $0)) events/s over \(Amount.duration(seconds: $0))" })
            fields.add("topics", Amount.grouped(statistics.topics))
            fields.add("ids", Amount.grouped(statistics.ids))
            fields.add("size", "\(Amount.bytes(statistics.bytes)) of at most \(Amount.bytes(statistics.maximumBytes))")
            if statistics.snapshots.isEmpty { fields.add("snapshots", "none") }
            for snapshot in statistics.snapshots {
                fields.add("snapshots", "\(snapshot.name) at offset \(snapshot.offset), \(Amount.bytes(snapshot.size))")
            }
            fields.add("writer", writer.map { "process \($0.process)\($0.address.map { " at \($0)" } ?? "")" } ?? "none")
            fields.add("durability", writer?.durability?.description)
            return fields
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
                "eventsPerSecond": seconds.map { .decimal(Double(statistics.events) / $0) } ?? .null, "bytes": .integer(statistics.bytes),
                "maximumBytes": .integer(statistics.maximumBytes),
                "topics": .integer(statistics.topics), "ids": .integer(statistics.ids),
                "snapshots": .array(snapshots), "writer": writerJSON,
            ]
        }

        private var writerJSON: JSONValue {
            guard let writer else { return .null }
            return [
                "process": .integer(writer.process), "durability": .text(writer.durability), "address": .text(writer.address),
            ]
        }
    }
}
