import ArgumentParser
import EventLog
import Inspection
import JSON
import Synchronization

extension Log {
    /// `bitacora log repair`: rebuilds what is derived from the events.
    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rebuild the indexes from the events, and remove wrong snapshots.",
            discussion: """
                Example: bitacora log repair --yes

                Repairs indexes and snapshots in which `bitacora log verify` found problems. Events are not changed: only \
                a backup can replace damaged events. Stop the server first.

                The fields of --json are indexed, unreadable and removed (name, offset).
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var confirmation: Confirmation

        func run() async throws {
            try confirmation.request(
                for:
                    "this rebuilds the indexes of the log in \(log.directory) and removes snapshots that differ from its events"
            )
            let log = try log.open(.write)
            defer { log.close() }
            let progress = Mutex(ProgressBar("indexing", total: log.head.rawValue, unit: "events"))
            let repair = try await log.repair(projections: Bitacora.projections) { reached in
                progress.withLock { $0.update(reached.rawValue) }
            }
            progress.withLock { $0.clear() }
            let removed = repair.removed.map { snapshot -> JSONValue in
                ["name": .string(snapshot.name), "offset": .offset(snapshot.offset)]
            }
            let report: JSONValue = [
                "indexed": .integer(repair.indexed), "unreadable": .integer(repair.unreadable),
                "removed": .array(removed),
            ]
            var text = "\(Amount.counted(repair.indexed, "event")) indexed\n"
            if repair.unreadable > 0 {
                text +=
                    "\(Amount.counted(repair.unreadable, "event")) could not be read and \(repair.unreadable == 1 ? "is" : "are") not indexed\n"
            }
            for snapshot in repair.removed {
                text += "the snapshot of \(ShownText.escaped(snapshot.name)) at offset \(snapshot.offset) was removed\n"
            }
            try self.log.printResult(report, text)
        }
    }
}
