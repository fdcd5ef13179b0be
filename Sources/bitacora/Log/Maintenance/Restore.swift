import ArgumentParser
import BitacoraServer
import EventLog
import Glibc
import Inspection
import JSON

extension Log {
    /// `bitacora log restore`: a log from a backup.
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a log from a backup.",
            discussion: """
                Example: bitacora log restore backups/2026-01-02 --data Data/log --yes

                The backup is copied and verified; it is not changed. The new log has an id of its own, because clients \
                may have events that were appended after the backup: their positions belong to another log, so they get \
                reset and the whole history, and miss no event silently.

                A log that is in --data already is replaced in one step at the end, after a question. It is kept beside \
                the new one, under a name that is printed; no server may write it meanwhile. Until then the new log is in \
                DIR.partial, which the next attempt removes.

                The fields of --json are directory, log, first, head, events and replaced (where the log that was there is now).
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var confirmation: Confirmation

        @Argument(help: "The directory of the backup.", completion: .directory, transform: parseDirectory)
        var backup: String

        func run() async throws {
            CrashHandler.install()
            try EventLog.checkBackup(at: backup)
            let directory = log.directory
            let replaced = access(directory + "/data.mdb", F_OK) == 0 ? "\(directory).replaced-\(Self.stamp)" : nil
            if let replaced {
                try confirmation.request(
                    for:
                        "this restores the backup in \(backup) to \(directory) and renames the log that is there now to \(replaced)"
                )
            }
            let copying = CopyProgress(
                "copying", file: directory + ".partial/data.mdb", total: CopyProgress.size(of: backup + "/data.mdb"))
            defer { copying.end() }
            var verifying: ProgressBar?
            let verification = try EventLog.restore(
                from: backup, to: directory, keepingOldAs: replaced, projections: BitacoraServer.projections
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
            let output = Output()
            output.add(
                log.isJSON
                    ? report.text + "\n"
                    : "\(Amount.counted(verification.events, "event")) up to offset \(verification.head) restored to \(log.directory); its id is \(restored.id)\n"
                        + (replaced.map { "the log that was there is in \($0) now\n" } ?? ""))
            try output.flush()
        }

        private static var stamp: String {
            String("\(Timestamp.now())".prefix(19)).replacing(":", with: "")
        }
    }
}
