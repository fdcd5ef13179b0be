import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log backup`: copies a log, also while a server writes it.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the log to a new directory, and verify the copy.",
            discussion: """
                Example: bitacora log backup backups/2026-01-02

                The server can keep running. The copy is compact, and has the events up to the head at the start of the \
                backup. It is written to DIR.partial, verified, and then renamed to DIR; the next backup to DIR removes \
                a leftover DIR.partial. A damaged log is not backed up (exit status 1).

                The fields of --json are directory, log, first, head, events, bytes and seconds.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption

        @Argument(
            help: "The directory to create; it may exist if it is empty.", completion: .directory,
            transform: parseDirectory)
        var directory: String

        func run() async throws {
            let given = try application.definition()
            let log = try log.open()
            defer { log.close() }
            let started = ContinuousClock.now
            let copying = CopyProgress(
                "copying", file: directory + ".partial/data.mdb", total: try log.statistics().bytes)
            defer { copying.end() }
            var verifying: ProgressBar?
            let projections = LogApplication.projections(of: log, given: given)
            let verification = try log.backup(to: directory, projections: projections) {
                copying.end()
                verifying = ProgressBar("verifying", total: log.head.rawValue, unit: "events")
            } progress: {
                verifying?.update($0.rawValue)
            }
            verifying?.clear()
            let bytes = CopyProgress.size(of: directory + "/data.mdb")
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            let report: JSONValue = [
                "directory": .string(directory), "log": .text(log.id), "first": .offset(verification.first),
                "head": .offset(verification.head), "events": .integer(verification.events), "bytes": .integer(bytes),
                "seconds": .decimal(seconds),
            ]
            try self.log.printResult(
                report,
                "\(Amount.counted(verification.events, "event")) up to offset \(verification.head), \(Amount.bytes(bytes)), copied to \(directory) and verified in \(Amount.duration(seconds: seconds))\n"
            )
        }
    }
}
