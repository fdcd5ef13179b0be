import Glibc
import LMDB
import Testing

@Suite("Damaged and failed meta pages") struct MetaPageTests {
    /// The numbers of the transactions in the two meta pages.
    private static func transactions(_ directory: String) throws -> [UInt64] {
        let file = Glibc.open(directory + "/data.mdb", O_RDONLY)
        defer { close(file) }
        return try (0...1).map { page in
            var number: UInt64 = 0
            try #require(pread(file, &number, 8, off_t(page * 4096 + 144)) == 8)
            return number
        }
    }

    /// The content of a meta page without its number: the roots of the trees.
    private static func roots(_ directory: String, _ page: Int) throws -> [UInt8] {
        let file = Glibc.open(directory + "/data.mdb", O_RDONLY)
        defer { close(file) }
        var roots = [UInt8](repeating: 0, count: 128)
        try #require(pread(file, &roots, 128, off_t(page * 4096 + 16)) == 128)
        return roots
    }

    /// Flips a bit of the number of the newest transaction, in its meta page.
    private static func flip(_ bit: Int, _ directory: String) throws {
        let numbers = try transactions(directory)
        let page = numbers[0] > numbers[1] ? 0 : 1
        var number = numbers[page] ^ (1 << UInt64(bit))
        let file = Glibc.open(directory + "/data.mdb", O_RDWR)
        defer { close(file) }
        try #require(pwrite(file, &number, 8, off_t(page * 4096 + 144)) == 8)
    }

    private static func put(_ environment: Environment, _ plain: Database, _ value: String) throws {
        try environment.write { transaction throws(LMDBError) in
            try transaction.put(plain, "key", value)
            return .commit(())
        }
    }

    @Test(
        "rewriting gives the page of a failed commit the number of the commit before the newest, and later commits work",
        arguments: 1...4)
    func withdrawn(commits: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            for number in 1...commits { try Self.put(environment, plain, "\(number)") }
            let before = try Self.transactions(directory)
            let newest = try #require(before.max())
            // The state of the disk when a write fails after the page has reached the disk.
            let file = Glibc.open(directory + "/data.mdb", O_RDWR)
            defer { close(file) }
            var failed = newest + 1
            try #require(pwrite(file, &failed, 8, off_t((newest + 1) & 1) * 4096 + 144) == 8)

            try environment.rewriteMetaPages()
            #expect(try Self.transactions(directory) == before)
            #expect(try Self.roots(directory, 0) == Self.roots(directory, 1))
            #expect(try environment.text(plain, "key") == "\(commits)")
            try Self.put(environment, plain, "later")
            #expect(try Self.transactions(directory).max() == newest + 1)
            #expect(try environment.text(plain, "key") == "later")
            #expect(try environment.checkStructure() == [])
        }
    }

    @Test(
        "a flipped bit in a transaction's number makes reads fail, and not loop, until both pages are written again",
        arguments: [8, 40, 63])
    func flipped(bit: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            for number in 1...3 { try Self.put(environment, plain, "\(number)") }
            try Self.flip(bit, directory)
            let error = #expect(throws: LMDBError.self) { try environment.text(plain, "key") }
            #expect(error?.code == .corrupted && error?.call == "mdb_txn_begin")
            #expect(error?.subject.contains("which are not consecutive") == true)
            for number in 4...5 { try Self.put(environment, plain, "\(number)") }
            #expect(try environment.text(plain, "key") == "5")
            environment.close()

            try Self.flip(bit, directory)
            for _ in 0..<2 {
                let refused = #expect(throws: LMDBError.self) { try Environment(directory: directory) }
                #expect(refused?.code == .corrupted && refused?.call == "mdb_env_open")
                #expect(refused?.subject.contains("which are not consecutive") == true)
            }
            #expect(try StructureCheck.metaPageProblem(path: directory + "/data.mdb") != nil)
            try Self.flip(bit, directory)
            try Environment(directory: directory).close()
        }
    }

    @Test("in an intact file nothing changes, also before the first commit")
    func unchanged() async throws {
        try await withTemporaryDirectory { directory in
            let environment = try Environment(directory: directory)
            defer { environment.close() }
            try environment.rewriteMetaPages()
            #expect(try Self.transactions(directory) == [0, 0])
            try environment.reopen()
            #expect(try environment.databaseCount() == 0)
        }
    }

    @Test("a failed reopen can be repeated; until it succeeds every call throws closed")
    func reopens() async throws {
        try await withTemporaryDirectory { directory in
            _ = await #expect(processExitsWith: .success) { [directory = directory as String] in
                let (environment, plain, _, _) = try open(directory)
                try MetaPageTests.put(environment, plain, "1")
                var limit = rlimit()
                try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                let most = limit.rlim_cur
                limit.rlim_cur = 0
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                for _ in 0..<2 {
                    let error = #expect(throws: LMDBError.self) { try environment.reopen() }
                    #expect(error?.code.rawValue == EMFILE)
                    let closed = #expect(throws: LMDBError.self) { try environment.text(plain, "key") }
                    #expect(closed?.code == .closed)
                }
                limit.rlim_cur = most
                try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                try environment.reopen()
                #expect(try environment.text(plain, "key") == "1")
                try MetaPageTests.put(environment, plain, "2")
                #expect(try environment.text(plain, "key") == "2")
                environment.close()
            }
        }
    }

    @Test(
        "a removed or replaced file is detected and not opened again, and no new file is created",
        arguments: ["data.mdb", "lock.mdb"], [true, false])
    func displaced(file: String, isReplaced: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            try Self.put(environment, plain, "1")
            try environment.checkFiles()
            try #require(unlink("\(directory)/\(file)") == 0)
            if isReplaced {
                let new = Glibc.open("\(directory)/\(file)", O_RDWR | O_CREAT, 0o600)
                try #require(new >= 0)
                close(new)
            }
            for call in [environment.checkFiles, environment.reopen] as [() throws -> Void] {
                let error = #expect(throws: LMDBError.self, performing: call)
                #expect(error?.code == .displaced && error?.subject.hasSuffix("/\(file)") == true)
                #expect(error?.reason == "the file was removed or replaced while it was open")
            }
            #expect(try environment.text(plain, "key") == "1")
            #expect(isReplaced == (access("\(directory)/\(file)", F_OK) == 0))
        }
    }
}
