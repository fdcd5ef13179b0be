import ArgumentParser
import BitacoraServer
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log backup`: a copy while the server runs.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the log to a new directory, compact and verified, while it is written.",
            discussion: """
                Example: bitacora log backup backups/2026-01-02

                The copy is the log as it was when this began. It is whole when DIR is there: until then it is called \
                DIR.partial, which the next backup to the same place removes. The copy is read back and verified; a log \
                that is not sound is not backed up (exit status 1).

                The fields of --json are directory, log, first, head, events, bytes and seconds.
                """)

        @OptionGroup var log: LogOptions

        @Argument(
            help: "A directory that does not exist, or is empty.", completion: .directory, transform: parseDirectory)
        var directory: String

        func run() async throws {
            let log = try log.open()
            defer { log.close() }
            let started = ContinuousClock.now
            let copying = CopyProgress(
                "copying", file: directory + ".partial/data.mdb", total: try log.statistics().bytes)
            defer { copying.end() }
            var verifying: ProgressBar?
            let verification = try log.backup(to: directory, projections: BitacoraServer.projections) {
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
            let output = Output()
            output.add(
                self.log.isJSON
                    ? report.text + "\n"
                    : "\(Amount.counted(verification.events, "event")) up to offset \(verification.head), \(Amount.bytes(bytes)), copied to \(directory) and verified in \(Amount.duration(seconds: seconds))\n"
            )
            try output.flush()
        }
    }
}
