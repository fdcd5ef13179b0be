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

                A damaged definition of the application is removed as well; the next start of the application stores it.

                The fields of --json are indexed, unreadable, removed (name, offset) and definitionRemoved.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption
        @OptionGroup var confirmation: Confirmation

        func run() async throws {
            let given = try application.definition()
            try confirmation.request(
                for:
                    "this rebuilds the indexes of the log in \(log.directory) and removes snapshots that differ from its events"
            )
            let log = try log.open(.write)
            defer { log.close() }
            let projections = LogApplication.projections(of: log, given: given)
            let progress = Mutex(ProgressBar("indexing", total: log.head.rawValue, unit: "events"))
            let repair = try await log.repair(projections: projections) { reached in
                progress.withLock { $0.update(reached.rawValue) }
            }
            progress.withLock { $0.clear() }
            try self.log.printResult(Self.json(repair), Self.text(repair))
        }

        private static func json(_ repair: EventLog.Repair) -> JSONValue {
            let removed = repair.removed.map { snapshot -> JSONValue in
                ["name": .string(snapshot.name), "offset": .offset(snapshot.offset)]
            }
            return [
                "indexed": .integer(repair.indexed), "unreadable": .integer(repair.unreadable),
                "removed": .array(removed), "definitionRemoved": .bool(repair.isDefinitionRemoved),
            ]
        }

        private static func text(_ repair: EventLog.Repair) -> String {
            var text = "\(Amount.counted(repair.indexed, "event")) indexed\n"
            if repair.unreadable > 0 {
                text +=
                    "\(Amount.counted(repair.unreadable, "event")) could not be read and \(repair.unreadable == 1 ? "is" : "are") not indexed\n"
            }
            for snapshot in repair.removed {
                text += "the snapshot of \(ShownText.escaped(snapshot.name)) at offset \(snapshot.offset) was removed\n"
            }
            if repair.isDefinitionRemoved {
                text +=
                    "the definition of the application was removed; the next start of the application stores it again\n"
            }
            return text
        }
    }
}
