import ArgumentParser
import BitacoraServer
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log trim`: forget the oldest events.
    struct Trim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove old events for good; what they came to stays.",
            discussion: """
                Example: bitacora log trim --before 2026-01-01 --yes

                The server may run meanwhile. The state of each projection right before the first event kept is stored, \
                so that pages are right, also those of the past from there on; with --no-keep-snapshot only the newest \
                state is, and the past begins at the head. Subscribers who ask for what is gone are told reset. The \
                chain of digests stays verifiable from the first event kept. The event at the head always stays.

                The file does not shrink: the room is used for new events, and given back by `bitacora log compact`. \
                To have this done all the time see the options --keep-age, --keep-events and --keep-bytes of serve.

                The fields of --json are removed, first and head.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var confirmation: Confirmation

        @Option(
            help: ArgumentHelp(
                "The first event to keep: an offset, or a time (2026-01-02T03:04:05Z, a date, an age such as 90d).",
                valueName: "offset|time"),
            transform: parseMoment)
        var before: Moment

        @Flag(inversion: .prefixedNo, help: "Store the state right before the first event kept.")
        var keepSnapshot = true

        func run() async throws {
            let log = try log.open(.maintain)
            defer { log.close() }
            let (first, head) = (log.first, log.head)
            if case .offset(let offset) = before, offset > head {
                throw Failure(
                    ExitStatus.refused,
                    "offset \(offset) is beyond the head of the log, which is \(head); the event at the head always stays"
                )
            }
            let end = min(try before.firstOffset(in: log), head)
            guard end > first else {
                throw Failure(
                    ExitStatus.refused,
                    "there is no event before offset \(end) to remove; the log has offsets \(first) to \(head), and the event at its head always stays"
                )
            }
            let count = end.rawValue - first.rawValue
            try confirmation.request(
                for:
                    "this removes \(Amount.counted(count, "event")), offsets \(first) to \(end.previous), for good from the log in \(log.directory)"
            )
            var progress = ProgressBar("trimming", total: count, unit: "events")
            let removed = try await log.trim(
                before: end, projections: BitacoraServer.projections, keepsPast: keepSnapshot
            ) {
                progress.update($0.rawValue - first.rawValue)
            }
            progress.clear()
            let output = Output()
            let report: JSONValue = [
                "removed": .integer(removed), "first": .offset(log.first), "head": .offset(log.head),
            ]
            output.add(
                self.log.isJSON
                    ? report.text + "\n"
                    : "\(Amount.counted(removed, "event")) removed; the log has \(log.first) to \(log.head)\n")
            try output.flush()
        }
    }
}
