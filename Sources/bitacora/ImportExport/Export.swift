import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log export`: writes events as JSON lines.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write events to a file or standard output, one JSON object a line.",
            discussion: """
                Example: bitacora log export --format cloudevents --topic 'products,chat/**' events.ce.jsonl

                The export ends at the current head; the server can keep running. FILE.partial is written, synced, and \
                renamed to FILE when it is complete. After an interruption, --resume continues after the last complete \
                line of FILE.partial. It needs the same log, format and filters, with times instead of ages.

                The format jsonl is the event JSON of the HTTP API; cloudevents is CloudEvents 1.0 (id is the offset, \
                source the log, subject the topic; eventid and eventsource are the event's own id and source). \
                `bitacora log import` reads both.

                An export of a trimmed log has no state of the removed events; `bitacora log backup` also copies this \
                state.

                Damaged events are skipped and reported on standard error; the exit status is 1 then. With FILE, a \
                summary is printed. The fields of --json are file, format, events, damaged, last (the offset of the last \
                written event; null without one), head, bytes (of the file) and seconds.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup(title: "Filters") var filters: FilterOptions

        @Option(help: "The format of the lines.")
        var format = EventFormat.jsonl

        @Flag(help: "Replace an existing FILE and FILE.partial.")
        var force = false

        @Flag(help: "Continue the FILE.partial of an interrupted export.")
        var resume = false

        @Argument(help: "The file to write; standard output by default and for '-'.")
        var file: String?

        mutating func validate() throws {
            if file == "-" { file = nil }
            if file == nil {
                for (name, isGiven) in [("--force", force), ("--resume", resume), ("--json", log.isJSON)] where isGiven
                {
                    throw ValidationError(
                        "\(name) needs a FILE; name one, or leave out \(name) to write to standard output")
                }
            }
            if resume, filters.limit != nil || filters.last != nil {
                throw ValidationError("--resume cannot be combined with --limit or --last; use --from and --to instead")
            }
            if resume, let (name, replacement) = filters.relativeOption {
                throw ValidationError(
                    "with --resume, \(name) must be \(replacement), because its value selects other events now than at the start of FILE.partial"
                )
            }
        }

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let reader = LogReader(log, try filters.selection())
            let range = try filters.range(in: reader)
            if let file {
                try export(range, reader, to: file)
            } else {
                var export = export(range, reader, to: Output())
                try export.run()
            }
            try reader.damage.check()
        }

        private func export(_ range: EventRange, _ reader: LogReader, to file: String) throws {
            let started = ContinuousClock.now
            let partial = try PartialFile(file, force: force, resume: resume)
            let written =
                resume
                ? try PartialExport(partial, EventLineWriter(format, of: reader.log.id), reader).resume(range) : nil
            var export = export(range, reader, after: written, to: Output(partial.descriptor))
            do {
                try export.run()
            } catch OutputError.failed(let code) {
                throw partial.failure("written", code)
            }
            try partial.finish()
            try report(
                export, file, bytes: partial.size, seconds: (ContinuousClock.now - started) / .seconds(1),
                in: reader.log)
        }

        private func export(
            _ range: EventRange, _ reader: LogReader, after written: PartialExport.Written? = nil, to output: Output
        ) -> EventExport {
            EventExport(
                reader, range, after: written, limit: filters.limit, writer: EventLineWriter(format, of: reader.log.id),
                output: output)
        }

        private func report(_ export: EventExport, _ file: String, bytes: Int, seconds: Double, in log: EventLog) throws
        {
            let output = Output()
            if self.log.isJSON {
                let summary: JSONValue = [
                    "file": .string(file), "format": .string(format.rawValue), "events": .integer(export.events),
                    "damaged": .integer(export.damaged), "last": export.last.map(JSONValue.offset) ?? .null,
                    "head": .offset(export.head), "bytes": .integer(bytes), "seconds": .decimal(seconds),
                ]
                output.add(summary.text + "\n")
            } else {
                var fields = FieldList()
                fields.add("file", "\(file), \(Amount.bytes(bytes))")
                fields.add("events", Amount.grouped(export.events) + (export.last.map { ", up to offset \($0)" } ?? ""))
                fields.add("damaged", export.damaged > 0 ? Amount.grouped(export.damaged) : nil)
                fields.add("log", "\(log.id), head \(export.head)")
                fields.add(
                    "time",
                    "\(Amount.duration(seconds: seconds)), \(Amount.rate(Double(export.events - export.earlier) / seconds)) events/s"
                )
                output.add(fields.text(for: .standardOutput))
            }
            try output.flush()
        }
    }
}
