import ArgumentParser
import EventLog
import Inspection
import JSON
import KeyedRows

extension Log {
    /// `bitacora log trim`: removes the oldest events.
    struct Trim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the oldest events, and keep the state that they produced.",
            discussion: """
                Example: bitacora log trim --before 2026-01-01 --yes

                The server can keep running. For each projection that belongs to the log (see `bitacora log verify`), the \
                state before the first kept event is stored, so that earlier states can be shown from that event on; with \
                --no-keep-snapshot only the newest state is \
                stored. Subscribers that request removed events get reset. The digest chain can be verified from the \
                first kept event on. The event at the head is always kept. Snapshots of collections that neither the stored \
                definition nor --app has any longer are removed.

                The file does not shrink: new events reuse the space, and `bitacora log compact` returns it to the file \
                system. To trim continuously, use the options --keep-age, --keep-events and --keep-bytes of serve.

                The fields of --json are removed, first and head.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption
        @OptionGroup var confirmation: Confirmation

        @Option(
            help: ArgumentHelp(
                "The first event to keep: an offset, or a time (2026-01-02T03:04:05Z, a date, an age such as 90d).",
                valueName: "offset|time"),
            transform: parseMoment)
        var before: LogMoment

        @Flag(inversion: .prefixedNo, help: "Store the state before the first kept event.")
        var keepSnapshot = true

        func run() async throws {
            let given = try application.definition()
            let log = try log.open(.maintain)
            defer { log.close() }
            let first = log.first
            let end = try firstKept(in: log)
            let projections = try LogApplication(of: log, given: given).projections
            let count = end.rawValue - first.rawValue
            try confirmation.request(
                for:
                    "this permanently removes \(Amount.counted(count, "event")), offsets \(first) to \(end.previous), from the log in \(log.directory)"
            )
            var progress = ProgressBar("trimming", total: count, unit: "events")
            let names = Set(projections.map { $0.name })
            try await log.removeSnapshots { CollectionProjection.isName($0) && !names.contains($0) }
            let removed = try await log.trim(
                before: end, projections: projections, keepsPast: keepSnapshot
            ) {
                progress.update($0.rawValue - first.rawValue)
            }
            progress.clear()
            let report: JSONValue = [
                "removed": .integer(removed), "first": .offset(log.first), "head": .offset(log.head),
            ]
            try self.log.printResult(
                report,
                "\(Amount.counted(removed, "event")) removed; the log has offsets \(log.first) to \(log.head)\n")
        }

        /// The first offset that the log keeps.
        ///
        /// - Throws: `Failure` when there is no event to remove.
        private func firstKept(in log: EventLog) throws -> Offset {
            let (first, head) = (log.first, log.head)
            if case .offset(let offset) = before, offset > head {
                throw Failure(
                    ExitStatus.refused,
                    "offset \(offset) is beyond the head of the log, which is \(head); the event at the head is always kept"
                )
            }
            let end = min(try before.firstOffset(in: log), head)
            guard end > first else {
                throw Failure(
                    ExitStatus.refused,
                    "there is no event before offset \(end) to remove; the log has offsets \(first) to \(head), and the event at the head is always kept"
                )
            }
            return end
        }
    }
}
