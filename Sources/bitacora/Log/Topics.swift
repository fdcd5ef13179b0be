import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log topics`: lists the topics.
    struct Topics: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the topics with their numbers of events.",
            discussion: """
                Example: bitacora log topics --sort count --json

                Topics are sorted by the bytes of their names. --sort count, bytes or last prints the topics with the \
                most events, the most bytes of data or the newest event first. --sort bytes reads every event, because \
                the log does not store the bytes of each topic.

                The fields of --json are topic, events, last (the offset of the newest event), lastTime, and with --sort \
                bytes also bytes.
                """)

        enum Order: String, CaseIterable, ExpressibleByArgument {
            case name, count, bytes, last
        }

        @OptionGroup var log: LogOptions

        @Option(help: ArgumentHelp("The order of the topics.", valueName: "order"))
        var sort = Order.name

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let reader = LogReader(log)
            let rows = try rows(reader)
            let output = Output()
            if self.log.isJSON {
                for row in rows {
                    output.add(row.json.text + "\n")
                    if output.isFull { try output.flush() }
                }
            } else {
                output.add(table(rows).map { $0 + "\n" }.joined())
            }
            try output.flush()
            try reader.damage.check()
        }

        private func rows(_ reader: LogReader) throws -> [Row] {
            let topics = try reader.log.topics()
            let bytes = sort == .bytes ? try Self.bytes(reader) : nil
            let rows = try topics.map { topic in
                Row(topic: topic, lastTime: try reader.time(at: topic.last), bytes: bytes.map { $0[topic.name] ?? 0 })
            }
            return switch sort {
            case .name: rows
            case .count: Self.sorted(rows) { $0.topic.events }
            case .bytes: Self.sorted(rows) { $0.bytes ?? 0 }
            case .last: Self.sorted(rows) { $0.topic.last }
            }
        }

        /// Sorts the rows, the largest key first; rows with equal keys are sorted by name.
        private static func sorted<Key: Comparable>(_ rows: [Row], by key: (Row) -> Key) -> [Row] {
            rows.sorted { (key($1), $0.topic.name) < (key($0), $1.topic.name) }
        }

        /// The bytes of data of each topic; reads every event.
        private static func bytes(_ reader: LogReader) throws(ReadError) -> [String: Int] {
            var bytes: [String: Int] = [:]
            let log = reader.log
            let range = EventRange(after: log.first.previous, end: log.head)
            var progress = ProgressBar("reading", total: range.end.rawValue - range.after.rawValue, unit: "events")
            defer { progress.clear() }
            var reached = range.after
            while reached < range.end {
                reached = try reader.scan(after: reached, through: range.end) { view in
                    bytes[view.topic.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, default: 0] +=
                        view.data.byteCount
                    return true
                }
                progress.update(reached.rawValue - range.after.rawValue)
            }
            return bytes
        }

        private func table(_ rows: [Row]) -> [String] {
            var columns: [Table.Column] = [
                .init(title: "TOPIC", minimum: 10, colour: .cyan), .init(title: "EVENTS", alignment: .right),
                .init(title: "LAST", alignment: .right, colour: .bold),
                .init(title: "LAST TIME", colour: .dim, shortenings: Table.Shortening.times),
            ]
            if sort == .bytes { columns.insert(.init(title: "BYTES", alignment: .right), at: 2) }
            var table = Table(columns, terminal: .standardOutput)
            return table.lines(rows.map(\.cells))
        }
    }
}

extension Log.Topics {
    fileprivate struct Row {
        let topic: EventLog.Topic
        /// The time of the topic's newest event; nil when that event is damaged.
        let lastTime: Timestamp?
        /// The bytes of data of the topic's events; nil when they are not counted.
        let bytes: Int?

        var cells: [String] {
            let cells: [String?] = [
                ShownText.escaped(topic.name), Amount.grouped(topic.events), bytes.map { Amount.grouped($0) },
                topic.last.description,
                lastTime?.description ?? "",
            ]
            return cells.compactMap { $0 }
        }

        var json: JSONValue {
            var object: JSONObject = [
                "topic": .string(topic.name), "events": .integer(topic.events), "last": .offset(topic.last),
                "lastTime": .text(lastTime),
            ]
            if let bytes { object["bytes"] = .integer(bytes) }
            return .object(object)
        }
    }
}
