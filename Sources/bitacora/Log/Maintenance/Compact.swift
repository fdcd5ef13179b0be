import ArgumentParser
import BitacoraServer
import EventLog
import Inspection
import JSON

extension Log {
    /// `bitacora log compact`: give room back to the disk.
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rewrite the log's file without its free pages.",
            discussion: """
                Example: bitacora log compact --yes

                Trimmed events and old snapshots leave free pages, which new events use; the file never shrinks by \
                itself. This writes a compact file beside it, verifies that, and puts it in its place in one step. It \
                needs as much room as the compact file takes, and nobody may have the log open: stop the server and \
                those who follow it.

                The fields of --json are before and after, in bytes.
                """)

        @OptionGroup var log: LogOptions
        @OptionGroup var confirmation: Confirmation

        func run() async throws {
            CrashHandler.install()
            let size = CopyProgress.size(of: log.directory + "/data.mdb")
            try confirmation.request(
                for:
                    "this rewrites the file of the log in \(log.directory) (\(Amount.bytes(size))) without its free pages"
            )
            var progress = ProgressBar("verifying", total: 0, unit: "events")
            let (before, after) = try EventLog.compact(
                directory: log.directory, projections: BitacoraServer.projections
            ) {
                progress.update($0.rawValue)
            }
            progress.clear()
            let output = Output()
            let report: JSONValue = ["before": .integer(before), "after": .integer(after)]
            output.add(log.isJSON ? report.text + "\n" : "\(Amount.bytes(before)) before, \(Amount.bytes(after)) now\n")
            try output.flush()
        }
    }
}
