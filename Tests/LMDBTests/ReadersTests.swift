import Dispatch
import Glibc
import Testing

@testable import LMDB

@Suite("readers and free pages") struct ReadersTests {
    @Test("a read transaction is listed with the commit that it sees until it ends")
    func reading() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            #expect(try environment.readers().isEmpty)
            let reading = HeldRead(environment)
            let seen = try environment.information().lastTransaction
            try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "key", "value")
                return .commit(())
            }
            #expect(try environment.readers() == [.init(process: getpid(), transaction: seen, isStale: false)])
            reading.end()
            #expect(try environment.readers().isEmpty)
        }
    }

    @Test("a reader that was killed is stale until its slot is freed")
    func stale() async throws {
        try await withTemporaryDirectory { directory in
            // The first process that opens an environment begins with an empty table, so another one has to be open.
            let other = try Environment(directory: directory)
            defer { other.close() }
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                var options = Environment.Options()
                options.readOnly = true
                let environment = try Environment(directory: directory, options: options)
                try environment.read { _ throws(LMDBError) in _ = kill(getpid(), SIGKILL) }
            }
            #expect(try other.readers().map(\.isStale) == [true])
            #expect(try other.clearStaleReaders() == 1)
            #expect(try other.readers().isEmpty)
        }
    }

    @Test("opening frees the slots of killed readers unless the options say otherwise", arguments: [true, false])
    func clearedByOpening(_ clears: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let other = try Environment(directory: directory)
            defer { other.close() }
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                let environment = try Environment(directory: directory)
                try environment.read { _ throws(LMDBError) in _ = kill(getpid(), SIGKILL) }
            }
            await #expect(processExitsWith: .exitCode(3)) {
                [directory = directory as String, clears = clears as Bool] in
                var options = Environment.Options()
                options.clearsStaleReaders = clears
                let environment = try Environment(directory: directory, options: options)
                exit(try environment.readers().count == (clears ? 0 : 1) ? 3 : 1)
            }
        }
    }

    @Test("when the table is full, a read frees the slots of dead readers only")
    func fullTable() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory) { $0.maximumReaders = 1 }
            defer { environment.close() }
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                var options = Environment.Options()
                options.readOnly = true
                let other = try Environment(directory: directory, options: options)
                try other.read { _ throws(LMDBError) in _ = kill(getpid(), SIGKILL) }
            }
            #expect(try environment.readers().map(\.isStale) == [true])
            #expect(try environment.text(plain, "absent") == nil)
            #expect(try environment.readers().isEmpty)
            let reading = HeldRead(environment)
            let error = #expect(throws: LMDBError.self) { try environment.text(plain, "absent") }
            #expect(error?.code == .readersFull)
            reading.end()
            #expect(try environment.text(plain, "absent") == nil)
        }
    }

    @Test("listing the readers of other processes keeps the locks of this process")
    func locksStay() async throws {
        try await withTemporaryDirectory { directory in
            try open(directory).environment.close()
            let environment = try Environment(directory: directory)
            defer { environment.close() }
            let reading = HeldRead(environment)
            _ = try environment.processes.isOpen(in: 1)
            await #expect(processExitsWith: .exitCode(3)) { [directory = directory as String] in
                var options = Environment.Options()
                options.readOnly = true
                let other = try Environment(directory: directory, options: options)
                let readers = try other.readers()
                exit(readers.count == 1 && !readers[0].isStale && readers[0].process == getppid() ? 3 : 1)
            }
            reading.end()
        }
    }

    @Test(
        "the table is parsed strictly",
        arguments: [
            (["(no active readers)\n"], []), (["(no reader locks)\n"], []),
            (
                ["    pid     thread     txnid\n", "      4711 7f0c8a7fe6c0 1234\n", "      4712 0 -\n"],
                [(4711, 1234), (4712, nil)]
            ),
        ] as [([String], [(Int32, Int?)])])
    func table(_ lines: [String], _ slots: [(Int32, Int?)]) throws {
        #expect(
            try ReaderTable.slots(lines, "here") == slots.map { ReaderTable.Slot(process: $0.0, transaction: $0.1) })
    }

    @Test(
        "another format is an error that quotes the line",
        arguments: [
            ["(nobody)\n"], ["  pid  txnid\n"], ["    pid     thread     txnid\n", "4711 12\n"],
            ["    pid     thread     txnid\n", "0 7f 12\n"], ["    pid     thread     txnid\n", "11 7g 12\n"],
            ["    pid     thread     txnid\n", "11 7f -1\n"],
        ])
    func unknownTable(_ lines: [String]) {
        let error = #expect(throws: LMDBError.self) { try ReaderTable.slots(lines, "here") }
        #expect(error?.code == .invalidFile)
        #expect(error?.subject.contains(lines.last?.dropLast() ?? "?") == true)
    }

    @Test("deleted pages are counted as free, and reused pages are not")
    func freePages() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            let before = try environment.freePages()
            let large = String(repeating: "x", count: 100 * 4096)
            try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "large", large)
                return .commit(())
            }
            #expect(try environment.freePages() < before + 50)
            try environment.write { transaction throws(LMDBError) in
                try transaction.delete(plain, Array("large".utf8).span.bytes)
                return .commit(())
            }
            let free = try environment.freePages()
            #expect((100...130).contains(free))
            #expect(try environment.information().usedPages > free)
        }
    }
}

/// A read transaction on its own thread, which is open until `end()`.
private final class HeldRead: Sendable {
    private let (began, ends, ended) = (
        DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
    )

    /// Returns when it has begun.
    init(_ environment: Environment) {
        DispatchQueue.global().async { [self] in
            try? environment.read { _ throws(LMDBError) in
                began.signal()
                ends.wait()
            }
            ended.signal()
        }
        began.wait()
    }

    /// Returns when it has ended.
    func end() {
        ends.signal()
        ended.wait()
    }
}
