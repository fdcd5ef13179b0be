import Glibc
import LMDB
import Testing

@Suite("Environment") struct EnvironmentTests {
    @Test("committed data is there after closing and opening again")
    func reopens() async throws {
        try await withTemporaryDirectory { directory in
            let first = try open(directory)
            try first.environment.write { transaction throws(LMDBError) in
                try transaction.put(first.plain, "name", "value")
                return .commit(())
            }
            first.environment.close()
            let second = try Environment(directory: directory)
            defer { second.close() }
            let databases = try second.openDatabases([plain])
            #expect(try second.text(databases[0], "name") == "value")
            #expect(try second.databaseCount() == 3)
        }
    }

    @Test("a second opening in the same process fails by any path until the first is closed")
    func opensOnce() async throws {
        try await withTemporaryDirectory { directory in
            let first = try Environment(directory: directory)
            for path in [directory, directory + "/", directory + "/../" + directory.split(separator: "/").last!] {
                let error = #expect(throws: LMDBError.self) { try Environment(directory: path) }
                #expect(error?.code == .alreadyOpen)
                #expect(error.map { "\($0)".contains("already open in this process") } == true)
            }
            first.close()
            try Environment(directory: directory).close()
        }
    }

    @Test("closing twice is allowed, and every later call throws closed")
    func closed() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            environment.close()
            environment.close()
            let calls: [(String, () throws -> Void)] = [
                ("mdb_txn_begin", { _ = try environment.text(plain, "a") }),
                ("mdb_txn_begin", { try environment.write { _ throws(LMDBError) in .commit(()) } }),
                ("mdb_env_info", { _ = try environment.information() }),
                ("mdb_env_stat", { _ = try environment.databaseCount() }),
                ("mdb_env_sync", { try environment.sync() }),
                ("mdb_reader_check", { try environment.clearStaleReaders() }),
            ]
            for (call, body) in calls {
                let error = #expect(throws: LMDBError.self, performing: body)
                #expect(error?.code == .closed)
                #expect(error?.call == call)
            }
        }
    }

    @Test("an environment that goes out of scope closes")
    func closesAtEndOfScope() async throws {
        try await withTemporaryDirectory { directory in
            do { _ = try Environment(directory: directory) }
            try Environment(directory: directory).close()
        }
    }

    @Test("a file that is not an LMDB file is rejected, and the directory can be opened again")
    func refusesOtherFiles() async throws {
        try await withTemporaryDirectory { directory in
            try write([UInt8](repeating: 0x5A, count: 8192), to: directory + "/data.mdb")
            for _ in 0..<2 {
                let error = #expect(throws: LMDBError.self) { try Environment(directory: directory) }
                #expect(error?.code == .invalidFile)
                #expect(error?.call == "mdb_env_open")
            }
        }
    }

    @Test("a directory that does not exist is rejected with the reason of the operating system")
    func refusesMissingDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let error = #expect(throws: LMDBError.self) { try Environment(directory: directory + "/none") }
            #expect(error?.code.rawValue == ENOENT)
            #expect(error.map { "\($0)" } == "realpath on \(directory)/none: No such file or directory")
        }
    }

    @Test("a read-only environment reads and rejects writes")
    func readOnly() async throws {
        try await withTemporaryDirectory { directory in
            let writer = try open(directory)
            try writer.environment.write { transaction throws(LMDBError) in
                try transaction.put(writer.plain, "a", "1")
                return .commit(())
            }
            writer.environment.close()
            var options = Environment.Options()
            options.readOnly = true
            let reader = try Environment(directory: directory, options: options)
            defer { reader.close() }
            let database = try reader.openDatabases([plain])[0]
            #expect(try reader.text(database, "a") == "1")
            let error = #expect(throws: LMDBError.self) { try reader.write { _ throws(LMDBError) in .commit(()) } }
            #expect(error?.code.rawValue == EACCES)
        }
    }

    @Test("a database that does not exist is named by the error")
    func missingDatabase() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, _) = try open(directory)
            defer { environment.close() }
            let error = #expect(throws: LMDBError.self) { try environment.openDatabases([.init("absent")]) }
            #expect(error?.code == .notFound)
            #expect(error?.call == "mdb_dbi_open")
            #expect(error?.subject.contains("absent") == true)
        }
    }

    @Test("databases and their first content are created together or not at all")
    func createsTogether() async throws {
        try await withTemporaryDirectory { directory in
            let environment = try Environment(directory: directory)
            defer { environment.close() }
            let failure = LMDBError(.corrupted, call: "test", subject: "test")
            #expect(throws: failure) {
                try environment.createDatabases([plain]) { transaction, databases throws(LMDBError) in
                    try transaction.put(databases[0], "a", "1")
                    throw failure
                }
            }
            #expect(try environment.databaseCount() == 0)
        }
    }

    @Test("information has the map, the pages and the readers")
    func information() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, _) = try open(directory) {
                $0.mapSize = 1 << 20
                $0.maximumReaders = 77
            }
            defer { environment.close() }
            let information = try environment.information()
            #expect(information.mapSize == 1 << 20)
            #expect(information.pageSize == 4096)
            #expect(information.maximumReaders == 77)
            #expect((2...256).contains(information.usedPages))
            #expect(try environment.clearStaleReaders() == 0)
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
