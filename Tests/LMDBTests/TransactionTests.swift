import LMDB
import Testing

@Suite("Transactions") struct TransactionTests {
    @Test("commit keeps the changes, abort and an error discard them, and the next transaction works")
    func endings() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            let kept = try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "kept", "1")
                return .commit(7)
            }
            let dropped = try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "dropped", "1")
                return .abort(8)
            }
            #expect((kept, dropped) == (7, 8))
            let failure = LMDBError(.corrupted, call: "test", subject: "test")
            #expect(throws: failure) {
                try environment.write { transaction throws(LMDBError) -> Environment.Ending<Void> in
                    try transaction.put(plain, "failed", "1")
                    throw failure
                }
            }
            #expect(try environment.text(plain, "kept") == "1")
            #expect(try environment.text(plain, "dropped") == nil)
            #expect(try environment.text(plain, "failed") == nil)
            #expect(try environment.count(plain) == 1)
        }
    }

    @Test("a transaction reads its own changes; others read them after the commit")
    func isolation() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, many) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "a", "1")
                try transaction.put(plain, "a", "2")
                let key = Array("a".utf8)
                let inside = try transaction.get(plain, key.span.bytes)?.text
                #expect(inside == "2")
                try transaction.appendDuplicates(many, "t", [1, 2, 3])
                return .commit(())
            }
            #expect(try environment.text(plain, "a") == "2")
            #expect(try environment.count(many) == 3)
        }
    }

    @Test("delete removes all values of a key and returns whether the key existed")
    func deletes() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            let key = Array("t".utf8)
            let (first, second) = try environment.write { transaction throws(LMDBError) in
                try transaction.appendDuplicates(many, "t", Array(1...1000))
                let first = try transaction.delete(many, key.span.bytes)
                return .commit((first, try transaction.delete(many, key.span.bytes)))
            }
            #expect(first && !second)
            #expect(try environment.count(many) == 0)
        }
    }

    @Test("append rejects a key that is not the greatest")
    func appendsInOrder() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                try transaction.append(integers, 5, [1, 2, 3])
                return .commit(())
            }
            for key in [5, 4] as [UInt64] {
                let error = #expect(throws: LMDBError.self) {
                    try environment.write { transaction throws(LMDBError) in
                        try transaction.append(integers, key, [9])
                        return .commit(())
                    }
                }
                #expect(error?.code == .keyExists)
                #expect(error?.call == "mdb_cursor_put")
                #expect(error?.subject.contains("database integers") == true)
            }
            #expect(try environment.bytes(integers, 5) == [1, 2, 3])
            #expect(try environment.count(integers) == 1)
        }
    }

    @Test(
        "a key has 1 to 511 bytes; the error names the call, the database and the size",
        arguments: [0, 1, 511, 512, 4096])
    func keySizes(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            let key = String(repeating: "k", count: size)
            let write = {
                try environment.write { transaction throws(LMDBError) in
                    try transaction.put(plain, key, "v")
                    return .commit(())
                }
            }
            if (1...Database.maximumKeySize).contains(size) {
                try write()
                #expect(try environment.text(plain, key) == "v")
            } else {
                let error = #expect(throws: LMDBError.self) { try write() }
                #expect(error?.code == .badValueSize)
                #expect(
                    error?.description.hasPrefix(
                        "mdb_put on database plain, key of \(size) bytes, value of 1 bytes: MDB_BAD_VALSIZE") == true)
            }
        }
    }

    @Test("values of every size are read as they were written", arguments: [0, 1, 2, 7, 4095, 4096, 4097, 1 << 20])
    func valueSizes(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory)
            defer { environment.close() }
            let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try environment.write { transaction throws(LMDBError) in
                try transaction.append(integers, 1, value)
                return .commit(())
            }
            #expect(try environment.bytes(integers, 1) == value)
            #expect(try environment.bytes(integers, 2) == nil)
        }
    }

    @Test(
        "reads run at the same time as other reads and a write, each sees one commit, and later reads see no older one")
    func concurrentReads() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory)
            defer { environment.close() }
            let total: UInt64 = 1000
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { @concurrent in
                    for number in 1...total {
                        try environment.write { transaction throws(LMDBError) in
                            try transaction.append(integers, number, [UInt8(truncatingIfNeeded: number)])
                            return .commit(())
                        }
                    }
                }
                for _ in 0..<4 {
                    group.addTask { @concurrent in
                        var seen: UInt64 = 0
                        while seen < total {
                            let (count, last) = try environment.read { transaction throws(LMDBError) in
                                var cursor = try transaction.cursor(integers)
                                let last = try cursor.move(.last) ? cursor.integerKey : 0
                                return (try transaction.statistics(integers).entries, last)
                            }
                            if count != last || last < seen {
                                Issue.record("\(count) entries, the last is \(last), after \(seen)")
                            }
                            seen = last
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
