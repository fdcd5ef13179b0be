import ArgumentParser
import BitacoraServer
import EventLog
import Inspection
import JSON
import Synchronization

extension Log {
    /// `bitacora log repair`: rebuild what can be made from the events.
    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rebuild the indexes from the events, and remove snapshots that are wrong.",
            discussion: """
                Example: bitacora log repair --yes

                For what `bitacora log verify` finds wrong in indexes and snapshots. No event is changed: a damaged one \
                stays as it is, and only a backup has what it said. No server may write the log meanwhile.

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
            let repair = try await log.repair(projections: BitacoraServer.projections) { reached in
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
            var text = "\(Amount.counted(repair.indexed, "event")) in the indexes\n"
            if repair.unreadable > 0 {
                text += "\(Amount.counted(repair.unreadable, "event")) could not be read and are not in them\n"
            }
            for snapshot in repair.removed {
                text += "the snapshot of \(ShownText.escaped(snapshot.name)) at offset \(snapshot.offset) was removed\n"
            }
            let output = Output()
            output.add(self.log.isJSON ? report.text + "\n" : text)
            try output.flush()
        }
    }
}
