import ArgumentParser
import EventLog
import LMDB

/// `bench append`: durable appends in groups, beside an LMDB loop that writes as many bytes.
struct AppendBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Measure durable appends in groups of 1, 100 and 1,000, beside raw LMDB.",
        discussion: """
            Example: bench append --seconds 5

            The baseline appends values of the same size to one LMDB database, with one synced transaction for each \
            group. Log and baseline alternate, eight rounds each.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Seconds to measure each group size, including the baseline.")
    var seconds = 4.0

    @Option(help: "Concurrent producers that append one event at a time.")
    var producers = 100

    /// Bytes of a record besides the data: header, topic and type.
    private static let overhead = 36 + "bench".utf8.count + "bench.event".utf8.count

    func run() async throws {
        let report = BenchReport(isJSON: options.isJSON)
        for group in [1, 100, 1000] {
            let (ours, raw) = try await measure(group: group)
            report.add("append, groups of \(group)", ours, "events/s", baseline: ("raw LMDB", raw), goal: "0.80 ×")
        }
        let together = try await measureProducers()
        report.add("append, \(producers) producers of one", together, "events/s")
    }

    private func measure(group: Int) async throws -> (ours: Double, raw: Double) {
        try await options.withTemporaryDirectory { directory in
            let log = try EventLog(directory: directory + "/log")
            defer { log.close() }
            let loop = try RawLoop(directory: directory, recordSize: Self.overhead + options.size)
            defer { loop.close() }
            let events = (0..<group).map(options.event)
            var (ourTime, rawTime, ourCount, rawCount) = (0.0, 0.0, 0, 0)
            let rounds = 8
            for _ in 0..<rounds {
                let slice = seconds / 2 / Double(rounds)
                var done = 0
                rawTime += try await ContinuousClock.seconds {
                    let end = ContinuousClock.now + .seconds(slice)
                    while ContinuousClock.now < end {
                        try loop.put(group)
                        done += group
                    }
                }
                rawCount += done
                done = 0
                ourTime += try await ContinuousClock.seconds {
                    let end = ContinuousClock.now + .seconds(slice)
                    while ContinuousClock.now < end {
                        try await log.append(events)
                        done += group
                    }
                }
                ourCount += done
            }
            return (Double(ourCount) / ourTime, Double(rawCount) / rawTime)
        }
    }

    /// Events a second of concurrent producers, whose events the log commits in groups.
    private func measureProducers() async throws -> Double {
        try await options.withTemporaryDirectory { directory in
            let log = try EventLog(directory: directory + "/log")
            defer { log.close() }
            let event = options.event(1)
            let end = ContinuousClock.now + .seconds(seconds / 2)
            let time = try await ContinuousClock.seconds {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<producers {
                        tasks.addTask { while ContinuousClock.now < end { try await log.append(event) } }
                    }
                    try await tasks.waitForAll()
                }
            }
            return Double(log.head.rawValue) / time
        }
    }
}

/// The baseline: appends values to one database, with one synced transaction for each group.
private final class RawLoop {
    private let environment: Environment
    private let database: Database
    private let recordSize: Int
    private var next: UInt64 = 1

    init(directory: String, recordSize: Int) throws {
        environment = try Environment(directory: directory)
        database = try environment.createDatabases([.init("events", .integerKeys)]) { _, _ throws(LMDBError) in }[0]
        self.recordSize = recordSize
    }

    func put(_ count: Int) throws(LMDBError) {
        next = try environment.write { transaction throws(LMDBError) in
            for key in next..<next + UInt64(count) {
                try transaction.append(database, key, count: recordSize) { value in
                    value.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: key))
                }
            }
            return .commit(next + UInt64(count))
        }
    }

    func close() { environment.close() }
}
