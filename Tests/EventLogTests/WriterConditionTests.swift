import Glibc
import LMDB
import Synchronization
import Testing

@testable import EventLog

@Suite("The condition of the writer") struct WriterConditionTests {
    /// What a log reported.
    private final class Reports: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static let large = NewEvent(
        topic: "large", type: "t.t", data: .bytes([UInt8](repeating: 0, count: 500_000)))

    @Test("a failing append is reported once with its cause, however many small ones succeed in between")
    func reported() async throws {
        try await withTemporaryDirectory { directory in
            let reports = Reports()
            let log = try openLog(directory) { options in
                unsynced(&options)
                options.maximumSize = 1 << 19
                options.report = reports.add
            }
            defer { log.close() }
            try await log.append(sample())
            #expect(log.condition == .working && log.condition?.error == nil && reports.all.isEmpty)
            for _ in 0..<3 {
                await #expect(throws: AppendError.self) { try await log.append(WriterConditionTests.large) }
            }
            let cause = "the log has reached its largest size (524288 bytes); raise the limit or make room"
            #expect(log.condition == .failing(AppendError(.full, cause)))
            #expect(reports.all == ["appends to the log in \(directory) fail: \(cause)"])
            // There is room for a small one, which says nothing of the large ones.
            try await log.append(sample())
            await #expect(throws: AppendError.self) { try await log.append(WriterConditionTests.large) }
            #expect(log.condition == .failing(AppendError(.full, cause)) && reports.all.count == 1)
        }
    }

    @Test("an append that is larger than the log may become is refused, and does not count as a failure")
    func neverFits() async throws {
        try await withLog({
            unsynced(&$0)
            $0.maximumSize = 1 << 19
        }) { log in
            let error = await #expect(throws: AppendError.self) {
                try await log.append([WriterConditionTests.large, WriterConditionTests.large])
            }
            #expect(error?.code == .full && log.condition == .working)
        }
    }

    @Test(
        "a lack of room ends with a probe or an append as large as any refused, another failure with any append",
        arguments: [
            (.full, .append(bytes: 4999), false), (.full, .append(bytes: 5000), true), (.full, .probe, true),
            (.failed, .append(bytes: 1), true),
        ] as [(AppendError.Code, WriterHealth.Write, Bool)])
    func ends(code: AppendError.Code, write: WriterHealth.Write, ends: Bool) {
        let reports = Reports()
        let health = WriterHealth(directory: "/log", probeInterval: .zero, report: reports.add)
        let error = AppendError(code, "why")
        health.noteFailure(error, appends: 2, bytes: 5000)
        health.noteFailure(error, appends: 1, bytes: 100)
        health.noteSuccess(of: write)
        #expect(health.condition == (ends ? .working : .failing(error)))
        #expect(reports.all.first == "appends to the log in /log fail: why")
        #expect(
            reports.all.dropFirst().map { $0.hasSuffix(" seconds; 3 appends were refused") } == (ends ? [true] : []))
    }

    @Test("a refusal that the client causes, and a snapshot for which there is no room, change nothing")
    func refusals() async throws {
        try await withLog({
            unsynced(&$0)
            $0.maximumSize = 1 << 19
        }) { log in
            var event = sample()
            event.expectedOffset = 7
            await #expect(throws: AppendError.self) { try await log.append(event) }
            try await log.append(sample())
            await #expect(throws: AppendError.self) {
                try await log.save(Snapshot(name: "n", offset: 1, state: [UInt8](repeating: 0, count: 1 << 20)))
            }
            #expect(log.condition == .working)
        }
    }

    @Test("a probe is as large as the refused append, and fails when there is room only for less")
    func probeIsAsLarge() async throws {
        try await withLog({
            unsynced(&$0)
            $0.maximumSize = 1 << 19
            $0.probeInterval = .zero
        }) { log in
            try await log.probe()
            await #expect(throws: AppendError.self) { try await log.append(WriterConditionTests.large) }
            for _ in 0..<3 {
                let error = await #expect(throws: AppendError.self) { try await log.probe() }
                #expect(error?.code == .full)
            }
            #expect(log.condition?.error?.code == .full)
            #expect(try await log.append(sample()).offset == 1)
            #expect(try log.verify().isSound)
        }
    }

    @Test("a probe finds that there is room again, not before it is due", arguments: [true, false])
    func probeRecovers(isDue: Bool) async throws {
        try await withTemporaryDirectory { directory in
            _ = await #expect(processExitsWith: .success) { [directory = directory as String, isDue = isDue as Bool] in
                signal(SIGXFSZ, SIG_IGN)
                let log = try openLog(directory) { $0.probeInterval = isDue ? .zero : .seconds(3600) }
                try await log.append(sample())
                var (status, limit) = (stat(), rlimit())
                try #require(stat(directory + "/data.mdb", &status) == 0)
                try #require(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                let most = limit.rlim_cur
                limit.rlim_cur = rlim_t(status.st_size)
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                let refused = await #expect(throws: AppendError.self) {
                    try await log.append(WriterConditionTests.large)
                }
                #expect(refused?.code == .full)
                let stillFull = await #expect(throws: AppendError.self) { try await log.probe() }
                #expect(stillFull?.code == .full)
                limit.rlim_cur = most
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                if isDue {
                    try await log.probe()
                    #expect(log.condition == .working)
                } else {
                    let early = await #expect(throws: AppendError.self) { try await log.probe() }
                    #expect(early == stillFull)
                }
                #expect(try await log.append(WriterConditionTests.large).offset == 2)
                #expect(log.condition == .working)
                #expect(try log.verify().isSound)
                log.close()
            }
        }
    }

    @Test("the next append takes the pages of a probe, so that room for one of the two is enough")
    func probeGivesPagesBack() async throws {
        try await withLog(unsynced) { log in
            let environment = log.store.environment
            try log.store.probe(bytes: 1 << 20)
            let pages = try environment.information().usedPages
            try await log.append(WriterConditionTests.large)
            // With pages of its own the append would take 123 more.
            #expect(try environment.information().usedPages < pages + 32)
        }
    }

    @Test(
        "each error of the system has its own message, and only a lack of room is full",
        arguments: [
            (ENOSPC, .full, "no room on the disk"), (EDQUOT, .full, "quota"),
            (EFBIG, .full, "largest size that the system allows"),
            (EIO, .failed, "Input/output error"), (EROFS, .failed, "Read-only file system"),
            (EACCES, .failed, "Permission denied"),
        ] as [(Int32, AppendError.Code, String)])
    func words(number: Int32, code: AppendError.Code, words: String) {
        let error = AppendError(
            LMDBError(.init(rawValue: number), call: "mdb_txn_commit", subject: "/srv/secret/log"), maximumSize: 1)
        #expect(error.code == code && error.message.contains(words) && error.message.contains("try again"))
        #expect(!error.message.contains("/srv"))
    }
}
