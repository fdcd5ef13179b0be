import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log restore`: creates a log from a backup.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a log from a backup.",
            discussion: """
                Example: bitacora log restore backups/2026-01-02 --data Data/log --yes

                The backup is copied, and the copy is verified. The new log has a new id, because clients may have \
                events that were appended after the backup: positions of the old log are answered with reset and the \
                whole history, so no client misses an event.

                An existing log in --data is replaced after confirmation, in one step at the end; stop its server \
                first. The existing log is renamed, and its new name is printed. The new log is written to DIR.partial; \
                the next restore to DIR removes a leftover DIR.partial.

                The fields of --json are directory, log, first, head, events and replaced (the new name of the \
                existing log).
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption
        @OptionGroup var confirmation: Confirmation

        @Argument(help: "The directory of the backup.", completion: .directory, transform: parseDirectory)
        var backup: String

        func run() async throws {
            let given = try application.definition()
            CrashHandler.install()
            try EventLog.checkBackup(at: backup)
            let directory = log.directory
            let replaced = access(directory + "/data.mdb", F_OK) == 0 ? "\(directory).replaced-\(Self.stamp)" : nil
            if let replaced {
                try confirmation.request(
                    for:
                        "this restores the backup in \(backup) to \(directory) and renames the existing log to \(replaced)"
                )
            }
            let copying = CopyProgress(
                "copying", file: directory + ".partial/data.mdb", total: CopyProgress.size(of: backup + "/data.mdb"))
            defer { copying.end() }
            var verifying: ProgressBar?
            let verification = try EventLog.restore(
                from: backup, to: directory, keepingOldAs: replaced,
                projectionsOf: { LogApplication.projections(of: $0, given: given) }
            ) {
                copying.end()
                verifying = ProgressBar("verifying", total: 0, unit: "events")
            } progress: {
                verifying?.update($0.rawValue)
            }
            verifying?.clear()
            try report(verification, replaced)
        }

        private func report(_ verification: Verification, _ replaced: String?) throws {
            let restored = try log.open()
            defer { restored.close() }
            let report: JSONValue = [
                "directory": .string(log.directory), "log": .text(restored.id), "first": .offset(verification.first),
                "head": .offset(verification.head), "events": .integer(verification.events),
                "replaced": .text(replaced),
            ]
            try log.printResult(
                report,
                "\(Amount.counted(verification.events, "event")) up to offset \(verification.head) restored to \(log.directory); its id is \(restored.id)\n"
                    + (replaced.map { "the previous log is now in \($0)\n" } ?? ""))
        }

        private static var stamp: String {
            String("\(Timestamp.now())".prefix(19)).replacing(":", with: "")
        }
    }
}
