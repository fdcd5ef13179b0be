import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log topics`: what the log is about.
    struct Topics: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the topics with the number of their events.",
            discussion: """
                Example: bitacora log topics --json

                In byte order of their names. The fields of --json are topic, events, last (the offset of the \
                newest event) and lastTime.
                """)

        @OptionGroup var log: LogOptions

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let output = Output()
            var table = Table(
                [
                    .init(title: "TOPIC", minimum: 10, colour: .cyan), .init(title: "EVENTS", alignment: .right),
                    .init(title: "LAST", alignment: .right, colour: .bold), .init(title: "LAST TIME", colour: .dim, shortenings: Table.Shortening.times),
                ], terminal: .standardOutput)
            var rows: [[String]] = []
            let reader = LogReader(log)
            for topic in try log.topics() {
                let time = try reader.time(at: topic.last)
                guard self.log.isJSON else {
                    rows.append(Self.row(topic, time))
                    continue
                }
                output.add(Self.json(topic, time).text + "\n")
                if output.isFull { try output.flush() }
            }
            if !self.log.isJSON { output.add(table.lines(rows).map { $0 + "\n" }.joined()) }
            try output.flush()
            try reader.damage.check()
        }

        private static func row(_ topic: EventLog.Topic, _ time: Timestamp?) -> [String] {
            [
                ShownText.escaped(topic.name), Amount.grouped(topic.events), topic.last.description,
                time?.description ?? "",
            ]
        }

        private static func json(_ topic: EventLog.Topic, _ time: Timestamp?) -> JSONValue {
            [
                "topic": .string(topic.name), "events": .integer(topic.events),
                "last": .offset(topic.last),
                "lastTime": .text(time),
            ]
        }
    }
}
