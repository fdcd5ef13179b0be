import ArgumentParser
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log compact`: returns free pages to the file system.
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rewrite the file of the log without its free pages.",
            discussion: """
                Example: bitacora log compact --yes

                Trimmed events and old snapshots leave free pages, which new events reuse; the file itself never \
                shrinks. This command writes and verifies a compact copy in the same directory, and then replaces the \
                file in one step. It needs disk space for the copy, and no other process may have the log open: stop \
                the server and all commands that follow the log.

                The fields of --json are before and after, in bytes.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var application: ApplicationOption
        @OptionGroup var confirmation: Confirmation

        func run() async throws {
            let given = try application.definition()
            CrashHandler.install()
            let size = CopyProgress.size(of: log.directory + "/data.mdb")
            try confirmation.request(
                for:
                    "this rewrites the file of the log in \(log.directory) (\(Amount.bytes(size))) without its free pages"
            )
            var progress = ProgressBar("verifying", total: 0, unit: "events")
            let (before, after) = try EventLog.compact(
                directory: log.directory, projectionsOf: { LogApplication.projections(of: $0, given: given) }
            ) {
                progress.update($0.rawValue)
            }
            progress.clear()
            let report: JSONValue = ["before": .integer(before), "after": .integer(after)]
            try log.printResult(report, "\(Amount.bytes(before)) before, \(Amount.bytes(after)) now\n")
        }
    }
}
