import LMDB
import TestSupport
import Testing

@Suite("Cursor") struct CursorTests {
    @Test("moves through single values in key order, and stays at the ends")
    func plainMoves() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, _, _) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                for name in ["b", "d", "a", "c"] { try transaction.put(plain, name, "value of \(name)") }
                return .commit(())
            }
            let trail = try environment.read { transaction throws(LMDBError) in
                var cursor = try transaction.cursor(plain)
                var trail: [String] = []
                for move in [.first, .next, .next, .next, .next, .previous, .last, .nextKey, .first, .previous]
                    as [Cursor.Move]
                {
                    let moved = try cursor.move(move)
                    trail.append((moved ? "" : "no:") + cursor.key.text + "=" + String(cursor.value.text.last!))
                }
                return trail
            }
            #expect(trail == ["a=a", "b=b", "c=c", "d=d", "no:d=d", "c=c", "d=d", "no:d=d", "a=a", "no:a=a"])
        }
    }

    @Test("seek moves to the key or the next one, find only to the key; a miss keeps key and value")
    func seeks() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, plain, integers, _) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                for name in ["b", "d"] { try transaction.put(plain, name, name) }
                for number in [10, 20, 1 << 40] as [UInt64] { try transaction.append(integers, number, [UInt8(1)]) }
                return .commit(())
            }
            try environment.read { transaction throws(LMDBError) in
                var cursor = try transaction.cursor(plain)
                for (key, seeks, finds) in [("a", "b", nil), ("b", "b", "b"), ("c", "d", nil), ("e", nil, nil)]
                    as [(String, String?, String?)]
                {
                    let bytes = Array(key.utf8)
                    let sought = try cursor.seek(bytes.span.bytes) ? cursor.key.text : nil
                    #expect(sought == seeks)
                    let before = cursor.key.text
                    let found = try cursor.find(bytes.span.bytes)
                    let after = cursor.key.text
                    #expect((found ? after : nil) == finds)
                    #expect(found || before == after)
                }
                var numbers = try transaction.cursor(integers)
                for (key, expected) in [(0, 10), (10, 10), (11, 20), (21, 1 << 40), (1 << 40 + 1, nil)]
                    as [(UInt64, UInt64?)]
                {
                    let found = try numbers.seek(key) ? numbers.integerKey : nil
                    #expect(found == expected)
                }
            }
        }
    }

    @Test("moves through the values of a key and over them", arguments: [1, 2, 3, 300, 5000])
    func duplicateMoves(count: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                for name in ["a", "b", "c"] {
                    try transaction.appendDuplicates(many, name, (1...count).map { UInt64($0 * 10) })
                }
                return .commit(())
            }
            let last = UInt64(count * 10)
            try environment.read { transaction throws(LMDBError) in
                var cursor = try transaction.cursor(many)
                func expect(
                    _ moved: Bool, _ key: String, _ value: UInt64, _ cursor: borrowing Cursor, line: Int = #line
                ) {
                    let place = (cursor.key.text, cursor.integerValue)
                    #expect(moved && place == (key, value), "line \(line)")
                }
                let key = Array("b".utf8)
                expect(try cursor.find(key.span.bytes), "b", 10, cursor)
                #expect(try cursor.duplicateCount() == count)
                expect(try cursor.move(.lastDuplicate), "b", last, cursor)
                let beyond = try cursor.move(.nextDuplicate)
                #expect(!beyond)
                expect(!beyond, "b", last, cursor)
                expect(try cursor.move(.firstDuplicate), "b", 10, cursor)
                let before = try cursor.move(.previousDuplicate)
                #expect(!before)
                if count > 1 {
                    expect(try cursor.move(.nextDuplicate), "b", 20, cursor)
                    expect(try cursor.move(.previousDuplicate), "b", 10, cursor)
                }
                expect(try cursor.move(.nextKey), "c", 10, cursor)
                expect(try cursor.move(.previous), "b", last, cursor)
                expect(try cursor.move(.next), "c", 10, cursor)
                expect(try cursor.move(.last), "c", last, cursor)
                let end = try cursor.move(.nextKey)
                #expect(!end)
                expect(try cursor.move(.first), "a", 10, cursor)
            }
        }
    }

    @Test("seeks among the values of one key, and never leaves it", arguments: [1, 2, 300, 5000])
    func duplicateSeeks(count: Int) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            try environment.write { transaction throws(LMDBError) in
                for name in ["a", "b", "c"] {
                    try transaction.appendDuplicates(many, name, (1...count).map { UInt64($0 * 10) })
                }
                return .commit(())
            }
            try environment.read { transaction throws(LMDBError) in
                var cursor = try transaction.cursor(many)
                let b = Array("b".utf8)
                let last = UInt64(count * 10)
                let table: [(UInt64, UInt64?)] = [
                    (0, 10), (9, 10), (10, 10), (11, count > 1 ? 20 : nil), (last, last), (last - 1, last),
                    (last + 1, nil), (.max, nil),
                ]
                for (value, expected) in table {
                    let found = try cursor.seek(b.span.bytes, value)
                    #expect((found ? cursor.integerValue : nil) == expected)
                    if found { #expect(cursor.key.text == "b") }
                }
                let absent = Array("bb".utf8)
                let found = try cursor.seek(absent.span.bytes, 0)
                #expect(!found)
            }
        }
    }

    @Test("an empty database has no entry to move to")
    func empty() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            try environment.read { transaction throws(LMDBError) in
                var cursor = try transaction.cursor(many)
                for move in [.first, .last, .next, .previous, .nextKey] as [Cursor.Move] {
                    let moved = try cursor.move(move)
                    #expect(!moved)
                }
            }
        }
    }

    @Test(
        "integers appended in runs of any length are all there, in order, as in a dictionary of arrays",
        arguments: SeededGenerator.seeds)
    func appendDuplicatesModel(seed: UInt64) async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            var random = SeededGenerator(seed: seed)
            var model: [String: [UInt64]] = [:]
            var next: UInt64 = 1
            for _ in 0..<120 {
                var runs: [String: [UInt64]] = [:]
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let topic = "topic/\(Int.random(in: 0..<30, using: &random))"
                    let length =
                        Bool.random(using: &random)
                        ? Int.random(in: 1...3, using: &random) : Int.random(in: 1...700, using: &random)
                    for _ in 0..<length {
                        runs[topic, default: []].append(next)
                        next += UInt64.random(in: 1...3, using: &random)
                    }
                }
                let commits = Int.random(in: 0..<5, using: &random) > 0
                try environment.write { transaction throws(LMDBError) in
                    for (topic, values) in runs { try transaction.appendDuplicates(many, topic, values) }
                    return commits ? .commit(()) : .abort(())
                }
                if commits { model.merge(runs) { $0 + $1 } }
            }
            let stored = try environment.read { transaction throws(LMDBError) in
                var stored: [String: [UInt64]] = [:]
                var cursor = try transaction.cursor(many)
                var found = try cursor.move(.first)
                while found {
                    stored[cursor.key.text, default: []].append(cursor.integerValue)
                    found = try cursor.move(.next)
                }
                return stored
            }
            #expect(stored == model)
            #expect(try environment.count(many) == model.values.reduce(0) { $0 + $1.count })
        }
    }

    @Test("integers that do not ascend are rejected")
    func refusesDescending() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, _, many) = try open(directory)
            defer { environment.close() }
            for values in [[5, 5], [5, 4], [7, 8, 8]] as [[UInt64]] {
                let error = #expect(throws: LMDBError.self) {
                    try environment.write { transaction throws(LMDBError) in
                        try transaction.appendDuplicates(many, "t", values)
                        return .commit(())
                    }
                }
                #expect(error?.code == .keyExists)
                #expect(error?.call == "mdb_cursor_put")
                #expect(error?.subject.contains("database many") == true)
            }
            #expect(try environment.count(many) == 0)
        }
    }
}
