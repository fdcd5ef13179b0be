import ArgumentParser
import EventLog
import FoundationEssentials

/// The executable `collection-bench`: measures the collections of declared applications, each speed beside a baseline of
/// the same run.
///
/// A target of the product's package, not of `Tests/Benchmarks`: collections have no public interface in Swift.
@main
struct CollectionBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collection-bench",
        abstract: "Measure the collections of an application: fold, memory, snapshots, restart, checks of events.",
        discussion: """
            Example: swift run -c release collection-bench

            Appends one event for each row to a temporary log without syncs, and folds this log into a collection with \
            4 fields, also with one index, and with one group that has a count and a sum. A time is processor time of \
            this process, except where the figure is a restart or the fold of a projector. Quote the ratio to the \
            baseline, because machines differ.
            """)

    @Option(
        name: .customLong("in"), help: ArgumentHelp("Directory for the temporary log.", valueName: "dir"),
        completion: .directory)
    var parent = FileManager.default.temporaryDirectory.path

    @Option(help: "Rows of the collection.")
    var rows = 1_000_000

    @Flag(help: "Append the rows in the order of their keys; otherwise the order is mixed.")
    var sequential = false

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    func validate() throws {
        guard (OrderHistory.group...10_000_000).contains(rows) else {
            throw ValidationError("--rows must be \(OrderHistory.group) … 10000000, not \(rows)")
        }
    }

    func run() async throws {
        let report = BenchReport(isJSON: isJSON)
        let history = OrderHistory(count: rows, isSequential: sequential)
        let directory = "\(parent)/bitacora-bench-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try openLog(directory)
        let append = try await history.append(to: log)
        report.add("append without application, groups of \(OrderHistory.group)", append.nanoseconds, "ns/event")
        try CheckFigures(append: append).measure(report)
        try FoldFigures(log: log, report: report).measure()
        try StateFigures(log: log, report: report).measure()
        log.close()
        try await RestartFigures(report: report, customer: history.customer(0)) { try openLog(directory) }.measure()
    }

    private func openLog(_ directory: String) throws -> EventLog {
        var options = EventLog.Options()
        options.durability = .none
        return try EventLog(directory: directory, options: options)
    }
}
