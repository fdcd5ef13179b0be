import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log histogram`: when, or about what, how much happened.
    struct Histogram: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count events by time, type, topic or source, with bars.",
            discussion: """
                Example: bitacora log histogram --by hour --since 1d --type message.posted

                Minutes, hours and days are those of UTC; those without events between others are shown too, \
                \(TimeTally.maximumBuckets) rows at the most. Names come by their numbers, the largest first; beyond \
                \(NameTally.maximumNames) different ones the rest is counted together.

                The fields of --json are by, key (the beginning of a span of time, or a name; null for events without \
                a source), events and share, and for the rest also others (true).
                """)

        enum Key: String, CaseIterable, ExpressibleByArgument {
            case minute, hour, day, type, topic, source
        }

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Option(help: ArgumentHelp("What to count by.", valueName: "key"))
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
                output.add(Bars(title: by.rawValue.uppercased(), rows).text(for: .standardOutput))
            }
            try output.flush()
            try reader.damage.check()
        }

        private func rows(_ reader: LogReader, _ range: EventRange) throws -> [CountedRow] {
            switch by {
            case .minute, .hour, .day:
                try TimeTally(by: by == .minute ? .minute : by == .hour ? .hour : .day).rows(
                    reader, range, limit: filters.limit)
            case .type, .topic, .source:
                try names(reader, range).rows
            }
        }

        private func names(_ reader: LogReader, _ range: EventRange) throws(ReadError) -> NameTally {
            var tally = NameTally()
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

        /// The counts that the log keeps; nil where these are not what is asked for.
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

        private func json(_ row: CountedRow, of total: Int) -> JSONValue {
            var object: JSONObject = [
                "by": .string(by.rawValue), "key": .text(row.name), "events": .integer(row.events),
                "share": .decimal(total == 0 ? 0 : Double(row.events) / Double(total)),
            ]
            if row.isRest { object["others"] = true }
            return .object(object)
        }
    }
}
