import Glibc
import Synchronization
import Testing

@testable import EventLog

/// A log whose files are removed or replaced: no lost event is acknowledged, and no empty log takes the log's place.
@Suite("Removed and replaced files") struct ReplacedFileTests {
    @Test(
        "an append into files that were removed or replaced is refused until the log is reopened, reported once, and reading continues",
        arguments: ["data.mdb", "lock.mdb"], [true, false])
    func displaced(file: String, isReplaced: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let reports = Mutex<[String]>([])
            let log = try openLog(directory) { $0.report = { line in reports.withLock { $0.append(line) } } }
            try await log.append(sample())
            try await log.probe()
            #expect(log.failure == nil)
            try #require(unlink("\(directory)/\(file)") == 0)
            if isReplaced { try write([], to: "\(directory)/\(file)") }
            // A probe notices it too.
            for _ in 0..<2 {
                let probed = await #expect(throws: AppendError.self) { try await log.probe() }
                let refused = await #expect(throws: AppendError.self) { try await log.append(sample()) }
                #expect(probed == refused && refused?.code == .failed)
                #expect(refused?.message.contains("removed or replaced while it was open") == true)
            }
            #expect(log.condition == log.failure.map(WriterCondition.stopped))
            #expect(try log.read().events.count == 1)
            #expect(reports.withLock { $0.count } == 1)
            #expect(
                reports.withLock { $0.first }?.hasPrefix("appends to the log in \(directory) have stopped: ") == true)
            log.close()
        }
    }

    @Test("without writer.lock a second writer is still refused")
    func secondWriter() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            try #require(unlink(directory + "/writer.lock") == 0)
            await #expect(processExitsWith: .exitCode(3)) { [directory = directory as String] in
                for _ in 0..<2 {
                    do {
                        _ = try openLog(directory)
                        exit(4)
                    } catch let error as OpenError {
                        guard error.code == .locked, error.message.contains("is being written by another process")
                        else { exit(5) }
                    }
                }
                exit(3)
            }
            try await log.append(sample())
            log.close()
            let next = try openLog(directory)
            #expect(next.head == 1)
            next.close()
        }
    }

    @Test(
        "writer.lock is created again at the next append, with the same content", arguments: [true, false],
        [Durability.sync, .none])
    func lockFile(isReplaced: Bool, durability: Durability) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/writer.lock"
            let log = try openLog(directory) { $0.durability = durability }
            log.announce(address: "http://127.0.0.1:1")
            try await log.append(sample())
            let lines = WriterLock.lines(in: directory)
            #expect(lines.count == 6 && WriterLock.readMark(in: directory) == .whileWriting(with: durability))
            try #require(unlink(file) == 0)
            if isReplaced { try write([], to: file) }
            try await log.append(sample())
            #expect(WriterLock.lines(in: directory) == lines)
            #expect(WriterLock.isHeld(in: directory))
            // A probe does it, too.
            try #require(unlink(file) == 0)
            try await log.probe()
            #expect(WriterLock.lines(in: directory) == lines)
            // A link to another file of the log is not followed, and a pipe is not waited for.
            try #require(unlink(file) == 0 && symlink("lock.mdb", file) == 0)
            await #expect(throws: AppendError.self) { try await log.append(sample()) }
            try #require(unlink(file) == 0 && mkfifo(file, 0o600) == 0)
            await #expect(throws: AppendError.self) { try await log.append(sample()) }
            #expect(!WriterLock.isHeld(in: directory) && WriterLock.lines(in: directory).count <= 1)
            // A directory in its place cannot be a lock file.
            try #require(unlink(file) == 0 && mkdir(file, 0o700) == 0)
            let refused = await #expect(throws: AppendError.self) { try await log.append(sample()) }
            #expect(refused?.code == .failed && refused?.message.contains("writer.lock") == true)
            try #require(rmdir(file) == 0)
            try await log.append(sample())
            #expect(log.condition == .working && log.head == 3)
            log.close()
            #expect(WriterLock.readMark(in: directory) == .nothing && !WriterLock.isHeld(in: directory))
        }
    }

    @Test(
        "a directory whose data file is missing or empty is refused when other files show that its log was in use",
        arguments: [true, false], [true, false])
    func used(isEmpty: Bool, hasOther: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            let id = log.id
            log.close()
            try #require(unlink(directory + "/data.mdb") == 0)
            if isEmpty { try write([], to: directory + "/data.mdb") }
            if hasOther {
                // As a server's `recovery.key` is.
                try write([1], to: directory + "/other")
                try #require(unlink(directory + "/writer.lock") == 0)
            }
            let error = #expect(throws: OpenError.self) { try openLog(directory) }
            if hasOther, !isEmpty {
                #expect(error?.code == .notALog)
            } else {
                #expect(error?.code == .damaged && error?.message.contains("restore the log from a backup") == true)
                #expect(error?.message.contains(hasOther ? "other beside it" : "the log \(id)") == true)
            }
            let read = #expect(throws: OpenError.self) { try openLog(directory, reading) }
            #expect(read?.code == (isEmpty ? .damaged : .missing))
            #expect((access(directory + "/data.mdb", F_OK) == 0) == isEmpty)
        }
    }
}
