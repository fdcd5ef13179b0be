import Glibc
import LMDB
import Synchronization
import TestSupport
import Testing

@Suite("Structure check") struct StructureCheckTests {
    private static func problems(_ directory: String) throws -> [StructureProblem] {
        try StructureCheck.run(path: directory + "/data.mdb")
    }

    @Test("an intact file has no problems after any writes and deletes", arguments: SeededGenerator.seeds)
    func sound(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryDirectory { directory in
            let (environment, plain, integers, many) = try open(directory) { $0.synchronous = false }
            defer { environment.close() }
            #expect(try Self.problems(directory) == [])
            var (next, values) = (1 as UInt64, 1 as UInt64)
            for _ in 0..<150 {
                try environment.write { transaction throws(LMDBError) in
                    for _ in 0..<random.number(1...40) {
                        let key = String(repeating: "k", count: random.number(0...90)) + "\(random.number(0...500))"
                        switch random.number(0...5) {
                        case 0, 1:
                            try transaction.put(
                                plain, key,
                                String(
                                    repeating: "v", count: random.number(0...(random.chance(1, of: 8) ? 20_000 : 300))))
                        case 2: try transaction.delete(plain, Array(key.utf8).span.bytes)
                        case 3:
                            try transaction.append(
                                integers, next, [UInt8](repeating: 1, count: random.number(1...5000)))
                            next += 1
                        case 4:
                            let count = UInt64(random.number(1...(random.chance(1, of: 6) ? 1500 : 4)))
                            try transaction.appendDuplicates(
                                many, "t\(random.number(0...30))", Array(values..<values + count))
                            values += count
                        default: try transaction.delete(many, Array("t\(random.number(0...30))".utf8).span.bytes)
                        }
                    }
                    return random.chance(1, of: 10) ? .abort(()) : .commit(())
                }
                #expect(try Self.problems(directory) == [])
            }
            #expect(try environment.checkStructure() == [])
        }
    }

    @Test("during writes one commit is checked, which is intact")
    func besideWriter() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, many) = try open(directory) { $0.synchronous = false }
            defer { environment.close() }
            let isDone = Mutex(false)
            async let writing: Void = Task.detached {
                for number in 0..<2000 as Range<UInt64> {
                    try environment.write { transaction throws(LMDBError) in
                        try transaction.put(plain, "\(number % 97)", String(repeating: "x", count: Int(number % 9000)))
                        try transaction.appendDuplicates(many, "t", [number])
                        return .commit(())
                    }
                }
                isDone.withLock { $0 = true }
            }.value
            repeat { #expect(try environment.checkStructure() == []) } while !isDone.withLock { $0 }
            try await writing
        }
    }

    @Test("progress ends at all pages")
    func progress() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory) { $0.synchronous = false }
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                for number in 1...9000 as ClosedRange<UInt64> {
                    try transaction.append(integers, number, [UInt8](repeating: 0, count: 4000))
                }
                return .commit(())
            }
            var reports: [(done: UInt64, total: UInt64)] = []
            #expect(try environment.checkStructure { reports.append(($0, $1)) } == [])
            #expect(reports.count == 3 && reports.map(\.done) == reports.map(\.done).sorted())
            let last = try #require(reports.last)
            #expect(
                try environment.information().usedPages == Int(last.total) && last.done > 9000
                    && last.done <= last.total)
        }
    }

    @Test("a truncated file is a problem or an error, never a crash")
    func cut() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory) { $0.synchronous = false }
            try environment.write { transaction throws(LMDBError) in
                for number in 0..<200 { try transaction.put(plain, "\(number)", String(repeating: "v", count: 500)) }
                return .commit(())
            }
            environment.close()
            #expect(try Self.problems(directory) == [])
            let path = directory + "/data.mdb"
            var status = stat()
            try #require(stat(path, &status) == 0)
            for size in stride(from: Int(status.st_size) - 1, through: 0, by: -777) {
                try #require(truncate(path, off_t(size)) == 0)
                #expect(try Self.problems(directory) != [], "\(size) bytes")
            }
        }
    }

    @Test("a problem has its page and what is wrong")
    func words() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            try environment.write { transaction throws(LMDBError) in
                try transaction.put(plain, "a", "1")
                try transaction.put(plain, "b", "2")
                return .commit(())
            }
            environment.close()
            let file = Glibc.open(directory + "/data.mdb", O_RDWR)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 8 * 4096)
            let count = pread(file, &bytes, bytes.count, 0)
            // The leaf with both keys; `a` lies at the end of the page, `b` before it.
            let leaf = try #require((2..<count / 4096).last { bytes[$0 * 4096 + 4095] == UInt8(ascii: "1") })
            for (place, byte, message) in [
                (0, 99, "page \(leaf): database plain: the number in this page is 99"),
                (10, 1, "page \(leaf): database plain: a page with the flags 1 cannot be at level 1 of 1"),
                (4094, UInt8(ascii: "z"), "page \(leaf): database plain: the keys are not in order"),
                (16, 255, "page \(leaf): database plain: entry 0 is not inside the page"),
                (12, 18, "page \(leaf): database plain: entries overlap or leave a gap at byte 4076"),
            ] as [(Int, UInt8, String)] {
                let old = bytes[leaf * 4096 + place]
                try #require(pwrite(file, [byte], 1, off_t(leaf * 4096 + place)) == 1)
                let found = try Self.problems(directory).first?.description
                #expect(found == message)
                try #require(pwrite(file, [old], 1, off_t(leaf * 4096 + place)) == 1)
            }
            #expect(try Self.problems(directory) == [])
        }
    }
}
