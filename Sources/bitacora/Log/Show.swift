import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log show`: prints one event.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print one event with its metadata.",
            discussion: """
                Example: bitacora log show 17

                Data that is not JSON is printed in hexadecimal. With --json, only the event is printed. Exit status 1 \
                when there is no event at OFFSET, or when the event is damaged.
                """)

        @OptionGroup var log: LogOptions

        @Argument(help: "The event's offset: 1, 2, 3 …", transform: parseOffset)
        var offset: Offset

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let output = Output()
            guard let event = try shown(in: log) else {
                throw Failure(ExitStatus.refused, "there is no event at offset \(offset); \(Self.range(of: log))")
            }
            let damage = Damage.reported
            if self.log.isJSON {
                output.add(String(decoding: event.json, as: UTF8.self) + "\n")
            } else {
                output.add(try describe(event, in: log, damage).text(for: .standardOutput))
                output.add("\n" + Self.text(of: event.event.data))
            }
            try output.flush()
            try damage.check()
        }

        private func shown(in log: EventLog) throws -> ShownEvent? {
            do throws(ReadError) {
                return try ShownEvent(at: offset, in: log)
            } catch .damaged(let offset) {
                throw Failure(ExitStatus.refused, ReadError.damaged(offset).description)
            }
        }

        private static func range(of log: EventLog) -> String {
            let (first, head) = (log.first, log.head)
            return head < first ? "the log is empty" : "the log has offsets \(first) to \(head)"
        }

        private func describe(_ shown: ShownEvent, in log: EventLog, _ damage: Damage) throws -> FieldList {
            let event = shown.event
            var fields = FieldList()
            fields.add("offset", event.offset.description)
            fields.add("position", "\(Position(log: log.id, offset: event.offset))")
            fields.add("time", "\(event.time)")
            fields.add("topic", event.topic)
            fields.add("type", event.type)
            fields.add("id", event.id)
            fields.add("source", event.source)
            fields.add("data", "\(Amount.bytes(event.data.count)), \(Self.kind(of: event.data))")
            fields.add("record", Amount.bytes(shown.size))
            fields.add("digest", "\(shown.digest)")
            let (previous, next) = try shown.neighbours(in: log, damage)
            fields.add("previous", previous.map { "\($0) in this topic" } ?? "none in this topic")
            fields.add("next", next.map { "\($0) in this topic" } ?? "none in this topic")
            return fields
        }

        private static func kind(of data: EventData) -> String {
            switch data {
            case .json: "JSON"
            case .bytes: "not JSON"
            }
        }

        private static func text(of data: EventData) -> String {
            switch data {
            case .json(let text):
                ShownText.escaped(String(decoding: JSONText.indented(text), as: UTF8.self), keepsNewlines: true) + "\n"
            case .bytes(let bytes): HexDump.lines(of: bytes)
            }
        }
    }
}
