import EventLog
import Glibc
import LMDB
import Synchronization
import Testing

/// What a writer that did not close leaves to the next, in every durability.
@Suite("Unclean shutdowns") struct UncleanShutdownTests {
    /// The third line of `writer.lock`.
    private static func mark(_ directory: String) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        let file = open(directory + "/writer.lock", O_RDONLY)
        defer { close(file) }
        let count = try #require(Optional(read(file, &buffer, buffer.count)))
        return String(decoding: buffer.prefix(count), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)[2]
    }

    /// A log of some events, closed, with word of a writer that ended in another way.
    private static func leave(_ mark: String, in directory: String) async throws {
        let log = try openLog(directory, unsynced)
        try await log.append(samples(1...500))
        log.close()
        try write(Array("1\nnone\n\(mark)\n\n".utf8), to: directory + "/writer.lock")
    }

    /// Opens for writing; the log and what it reported.
    private static func reopen(
        _ directory: String, _ durability: Durability = .sync
    ) throws -> (log: EventLog, reports: [String]) {
        let reports = Mutex<[String]>([])
        let log = try openLog(directory) { options in
            options.durability = durability
            options.report = { line in reports.withLock { $0.append(line) } }
        }
        return (log, reports.withLock { $0 })
    }

    @Test(
        "while a writer runs the file says what a power cut may cost, and after its close nothing",
        arguments: [Durability.none, .interval(milliseconds: 50), .sync])
    func marks(durability: Durability) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory) { $0.durability = durability }
            try await log.append(sample())
            let mark = try Self.mark(directory)
            #expect(durability == .sync ? mark == "synced" : mark.hasPrefix("unsynced ") && mark.utf8.count > 20)
            log.announce(address: "http://127.0.0.1:1")
            let holder = WriterHolder.read(in: directory)
            #expect(
                holder?.process == getpid() && holder?.durability == durability
                    && holder?.address == "http://127.0.0.1:1")
            #expect(try Self.mark(directory) == mark)
            log.close()
            #expect(try Self.mark(directory) == "synced")
        }
    }

    @Test("after a kill alone nothing is checked, because the system has all pages")
    func killed() async throws {
        try await withTemporaryDirectory { directory in
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                let log = try openLog(directory, unsynced)
                try await log.append(samples(1...9))
                kill(getpid(), SIGKILL)
            }
            #expect(try Self.mark(directory).hasPrefix("unsynced "))
            let (log, reports) = try Self.reopen(directory)
            defer { log.close() }
            #expect(log.head == 9 && reports.isEmpty)
            #expect(try Self.mark(directory) == "synced")
        }
    }

    @Test(
        "after a restart of the machine, or a failed sync, a sound log is checked, reported and served",
        arguments: ["unsynced before", "sync failed", "meta page failed"])
    func sound(mark: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.leave(mark, in: directory)
            let reader = try openLog(directory, reading)
            #expect(try reader.verify().isSound)
            reader.close()
            #expect(try Self.mark(directory) == mark)
            let (log, reports) = try Self.reopen(directory)
            defer { log.close() }
            #expect(reports.count == 2)
            #expect(reports.first?.hasPrefix("checking the log in \(directory): ") == true)
            #expect(reports.last?.hasPrefix("the log in \(directory) is sound up to offset 500; checked in ") == true)
            #expect(try Self.mark(directory) == "synced")
            #expect(try await log.append(sample()).offset == 501)
        }
    }

    @Test("a torn page is refused by writers and readers, and the mark stays")
    func torn() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.leave("unsynced before", in: directory)
            let file = open(directory + "/data.mdb", O_RDWR)
            defer { close(file) }
            // The first half of the pages as they are, the others as if never written.
            var status = stat()
            try #require(fstat(file, &status) == 0)
            let zeros = [UInt8](repeating: 0, count: Int(status.st_size) / 2)
            try #require(pwrite(file, zeros, zeros.count, status.st_size - off_t(zeros.count)) == zeros.count)
            for access in [EventLog.Access.write, .read] {
                let error = #expect(throws: OpenError.self) { try openLog(directory) { $0.access = access } }
                #expect(error?.code == .damaged)
                #expect(
                    error?.message.hasPrefix(
                        "the log in \(directory) is damaged, after the machine stopped before the last appends were synced (page "
                    ) == true)
                #expect(error?.message.hasSuffix("; restore it from a backup") == true)
                #expect(try Self.mark(directory) == "unsynced before")
            }
        }
    }

    @Test(
        "a whole tree of an older commit is not mistaken for that of the newest", arguments: [Durability.sync, .none])
    func olderTree(durability: Durability) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await log.append(samples(1...500))
            try await log.append(sample())
            log.close()
            // As if the roots of one commit more were lost, with those of the one before this in their places.
            let file = open(directory + "/data.mdb", O_RDWR)
            defer { close(file) }
            var commits: [UInt64] = [0, 0]
            for page in 0...1 { try #require(pread(file, &commits[page], 8, off_t(page * 4096 + 144)) == 8) }
            let older = commits[0] < commits[1] ? 0 : 1
            var number = commits[older] + 2
            try #require(pwrite(file, &number, 8, off_t(older * 4096 + 144)) == 8)
            try write(Array("1\nnone\nunsynced before\n\n".utf8), to: directory + "/writer.lock")

            let error = #expect(throws: OpenError.self) { try openLog(directory) { $0.durability = durability } }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains("(the newest commit leads to the events of an older one)") == true)
            #expect(try Self.mark(directory) == "unsynced before")
        }
    }

    /// What a file holds after a commit: everything, the number of the page with the roots of the databases, and that page.
    private struct Image {
        let file: [UInt8]
        let root: Int
        var page: ArraySlice<UInt8> { file[root * 4096..<(root + 1) * 4096] }

        init(of directory: String) throws {
            let file = try contents(of: directory + "/data.mdb")
            func integer(_ place: Int) -> UInt64 {
                file[place..<place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            self.file = file
            // The root is at 128 of a meta page, the number of its commit at 144.
            root = Int(integer(integer(144) > integer(4096 + 144) ? 128 : 4096 + 128))
        }
    }

    @Test("the number of a commit is in one sector of the disk with the roots of its databases")
    func numberBesideRoots() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            for number in 1...30 { try await log.append(sample(number)) }
            log.close()
            let page = try Image(of: directory).page
            // The entries of a page fill it from `upper`, at 14, to its end.
            let upper = Int(page[page.startIndex + 14]) | Int(page[page.startIndex + 15]) << 8
            #expect(upper >= 4096 - 512)
            try tamper(directory, .unnamed) { transaction, unnamed throws(LMDBError) in
                let number = try transaction.get(unnamed, Array("commit".utf8).span.bytes)?.copied
                #expect(number == bytes(of: transaction.number() - 1))
            }
        }
    }

    @Test("roots of any earlier commit that had them on the same page are not mistaken for those of the newest")
    func earlierRoots() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            var images: [Image] = []
            for number in 1...60 {
                try await log.append(sample(number))
                images.append(try Image(of: directory))
            }
            log.close()
            var pairs = 0
            for (index, newest) in images.enumerated() {
                for earlier in images[..<index] where earlier.root == newest.root {
                    pairs += 1
                    var mixed = newest.file
                    mixed.replaceSubrange(newest.root * 4096..<(newest.root + 1) * 4096, with: earlier.page)
                    try write(mixed, to: directory + "/data.mdb")
                    try write(Array("1\nnone\nunsynced before\n\n".utf8), to: directory + "/writer.lock")
                    let error = #expect(throws: OpenError.self) { try openLog(directory).close() }
                    #expect(error?.code == .damaged)
                }
            }
            #expect(pairs > 100)
        }
    }

    @Test("an old record in a sound file is refused by writers, and can be read")
    func chain() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.leave("unsynced before", in: directory)
            let key: [UInt8] = [7, 0, 0, 0, 0, 0, 0, 0]
            try tamper(directory, .events) { transaction, events throws(LMDBError) in
                guard var record = try transaction.get(events, 7)?.copied else { return }
                record[record.count - 1] ^= 1
                try transaction.put(events, key.span.bytes, record.span.bytes)
            }
            let error = #expect(throws: OpenError.self) { try openLog(directory) }
            #expect(error?.code == .damaged && error?.message.contains("(offset 7: the digest does not match") == true)
            let reader = try openLog(directory, reading)
            #expect(reader.head == 500)
            reader.close()
        }
    }
}
