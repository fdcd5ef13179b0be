import EventLog
import LMDB
import Testing

@Suite("Verify") struct VerifyTests {
    /// A closed log of nine events, of which the fifth has every field.
    private static func fill(_ directory: String) async throws {
        let log = try openLog(directory, unsynced)
        try await log.append(samples(1...4, topic: "a/b"))
        try await log.append(
            NewEvent(topic: "a/c", type: "t.t", id: "five", source: "s", data: .json(Array("{}".utf8))))
        try await log.append(sample(6, topic: "a/b", id: "six"))
        try await log.append(samples(7...9, topic: "d"))
        try await log.save(Snapshot(name: "names", offset: 9, state: [UInt8](repeating: 1, count: 70_000)))
        log.close()
    }

    private static func verify(_ directory: String) throws -> Verification {
        let log = try openLog(directory, reading)
        defer { log.close() }
        return try log.verify()
    }

    private static func key(_ offset: UInt64) -> [UInt8] { withUnsafeBytes(of: offset) { Array($0) } }

    private static func record(_ directory: String, _ offset: UInt64) throws -> [UInt8] {
        var record: [UInt8] = []
        try tamper(directory, .events) { transaction, events throws(LMDBError) in
            record = try transaction.get(events, offset)?.copied ?? []
        }
        return record
    }

    private static func put(
        _ directory: String, _ database: Database.Specification, _ key: [UInt8], _ value: [UInt8]
    ) throws {
        try tamper(directory, database) { transaction, database throws(LMDBError) in
            try transaction.put(database, key.span.bytes, value.span.bytes)
        }
    }

    private static func delete(_ directory: String, _ database: Database.Specification, _ key: [UInt8]) throws {
        try tamper(directory, database) { transaction, database throws(LMDBError) in
            try transaction.delete(database, key.span.bytes)
        }
    }

    @Test("a sound log is sound, an empty one too, and progress ends at the head")
    func sound() async throws {
        try await withTemporaryDirectory { directory in
            try openLog(directory).close()
            #expect(try Self.verify(directory).isSound)
            try await Self.fill(directory)
            let log = try openLog(directory, reading)
            defer { log.close() }
            var reached = Offset.start
            let result = try log.verify { reached = $0 }
            #expect(result.isSound && result.problems.isEmpty)
            #expect((result.events, result.first, result.head, reached) == (9, 1, 9, 9))
        }
    }

    @Test(
        "a flip of any byte of a record, first, middle or last, is found at its offset and reported nowhere else",
        arguments: [1, 5, 9] as [UInt64])
    func everyByte(offset: UInt64) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let record = try Self.record(directory, offset)
            #expect(record.count > 36)
            for place in record.indices {
                for bit in [0, 7] {
                    var flipped = record
                    flipped[place] ^= 1 << UInt8(bit)
                    try Self.put(directory, .events, Self.key(offset), flipped)
                    // The last record's lengths are looked at on opening.
                    let result: Verification
                    do {
                        result = try Self.verify(directory)
                    } catch let error as OpenError {
                        #expect(offset == 9 && error.code == .damaged && error.message.contains("offset 9"))
                        continue
                    }
                    #expect(
                        result.problems.map(\.offset) == [Offset(offset)],
                        "byte \(place), bit \(bit): \(result.problems)")
                }
            }
            try Self.put(directory, .events, Self.key(offset), record)
            #expect(try Self.verify(directory).isSound)
        }
    }

    @Test("a record that is too short or too long is found", arguments: [0, 10, 35, -1, 1])
    func wrongLength(change: Int) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            var record = try Self.record(directory, 5)
            record =
                change > 1 || change == 0
                ? Array(record.prefix(change)) : change < 0 ? Array(record.dropLast()) : record + [0]
            try Self.put(directory, .events, Self.key(5), record)
            #expect(try Self.verify(directory).problems.map(\.offset) == [5])
        }
    }

    @Test("two exchanged records are both found")
    func swapped() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let (second, third) = (try Self.record(directory, 2), try Self.record(directory, 3))
            try Self.put(directory, .events, Self.key(2), third)
            try Self.put(directory, .events, Self.key(3), second)
            let offsets = try Self.verify(directory).problems.map(\.offset)
            #expect(
                offsets.contains(2) && offsets.contains(3)
                    && offsets.allSatisfy { $0.map { (2...4).contains($0) } == true })
        }
    }

    @Test(
        "missing events are found, and the next event is not reported",
        arguments: [
            ([5], "event 5 is missing"), ([2, 3, 4], "events 2 to 4 are missing"), ([1], "event 1 is missing"),
        ] as [([UInt64], String)])
    func missing(offsets: [UInt64], message: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            for offset in offsets { try Self.delete(directory, .events, Self.key(offset)) }
            let result = try Self.verify(directory)
            #expect(result.problems.map(\.message) == [message])
            #expect(result.problems.map(\.offset) == [Offset(offsets[0])])
        }
    }

    @Test(
        "a last event at an offset that the file has no room for is refused, also by readers",
        arguments: [16, 20, 40, 63])
    func farLast(bit: Int) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let far = UInt64(9) | 1 << UInt64(bit)
            let record = try Self.record(directory, 9)
            try Self.delete(directory, .events, Self.key(9))
            try Self.put(directory, .events, Self.key(far), record)
            for configure in [reading, unsynced] {
                let error = #expect(throws: OpenError.self) { try openLog(directory, configure) }
                #expect(
                    error?.code == .damaged
                        && error?.message.contains(
                            "the last event has the offset \(far), the first has 1, and the file has room for at most ")
                            == true
                )
            }
        }
    }

    @Test(
        "a writer refuses a log whose last event is not the one that was appended",
        arguments: ["changed", "moved", "alone"])
    func wrongLast(_ how: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            var record = try Self.record(directory, 9)
            var last: UInt64 = 9
            switch how {
            case "changed": record[record.count - 1] ^= 1
            case "moved":
                try Self.delete(directory, .events, Self.key(9))
                last = 25
            default: try Self.delete(directory, .events, Self.key(8))
            }
            try Self.put(directory, .events, Self.key(last), record)
            let error = #expect(throws: OpenError.self) { try openLog(directory, unsynced) }
            #expect(error?.code == .damaged && error?.message.contains("offset \(last)") == true)
            #expect(try !Self.verify(directory).isSound)
        }
    }

    @Test(
        "a wrong topics index is found",
        arguments: [
            ("d", [], "the index of topic d has 0 offsets for 3 events"),
            ("d", [7, 8], "the index of topic d has 2 offsets for 3 events"),
            ("d", [3, 7, 8, 9], "the index of topic d has 4 offsets for 3 events"),
            ("d", [7, 8, 9, 99], "the index of topic d has 4 offsets for 3 events"),
            ("d", [1, 8, 9], "the index of topic d leads to events of other topics"),
            ("e", [3], "the index of topic e has 1 offsets for 0 events"),
        ] as [(String, [UInt64], String)])
    func topics(topic: String, offsets: [UInt64], message: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, .topics) { transaction, topics throws(LMDBError) in
                let key = Array(topic.utf8)
                try transaction.delete(topics, key.span.bytes)
                try transaction.appendDuplicates(topics, key.span.bytes, offsets)
            }
            #expect(try Self.verify(directory).problems.map(\.message) == [message])
        }
    }

    @Test("a wrong index of ids is found")
    func ids() async throws {
        for (key, value, expected) in [
            ("five", 6, ["the index of ids has 6 for the id of this event"]),
            ("seven", 7, ["the index of ids has 3 entries for 2 events with an id"]),
            (
                "five", nil,
                [
                    "the index of ids has nothing for the id of this event",
                    "the index of ids has 1 entries for 2 events with an id",
                ]
            ),
        ] as [(String, UInt64?, [String])] {
            try await withTemporaryDirectory { directory in
                try await Self.fill(directory)
                try tamper(directory, .ids) { transaction, ids throws(LMDBError) in
                    if let value {
                        try transaction.put(ids, Array(key.utf8).span.bytes, value)
                    } else {
                        try transaction.delete(ids, Array(key.utf8).span.bytes)
                    }
                }
                #expect(try Self.verify(directory).problems.map(\.message) == expected)
            }
        }
    }

    @Test("a damaged snapshot is found: a flipped byte, a missing part", arguments: [false, true])
    func snapshots(isMissing: Bool) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let part = Array("names\u{0}".utf8) + withUnsafeBytes(of: UInt64(9).bigEndian) { Array($0) } + [0, 0, 0, 2]
            if isMissing {
                try Self.delete(directory, .snapshots, part)
            } else {
                try Self.put(directory, .snapshots, part, [UInt8](repeating: 2, count: 32_752))
            }
            #expect(
                try Self.verify(directory).problems.map(\.message) == [
                    "the snapshot of names at offset 9 is damaged; it is not used, and the next one replaces it"
                ])
        }
    }

    @Test("a changed log id or anchor is found, and the events are not reported", arguments: ["id", "anchor"])
    func identity(key: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try Self.put(directory, .meta, Array(key.utf8), [UInt8](repeating: 3, count: key == "id" ? 8 : 16))
            let result = try Self.verify(directory)
            #expect(
                result.problems.map(\.message) == [
                    "the log's id does not match the digest that its first event is chained to"
                ])
        }
    }

    @Test("many problems are counted, and the first hundred described")
    func many() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await log.append(samples(1...500))
            log.close()
            for offset in stride(from: 2, through: 498, by: 2) as StrideThrough<UInt64> {
                try Self.delete(directory, .events, Self.key(offset))
            }
            let result = try Self.verify(directory)
            #expect(result.problemCount == 249 && result.problems.count == Verification.describedProblems)
        }
    }

    @Test("a log is sound while a process appends")
    func besideWriter() async throws {
        try await withLog(unsynced) { log in
            async let writing: Void = {
                for number in 0..<300 {
                    try await log.append(sample(number, topic: "t/\(number % 5)", id: "\(number)"))
                }
            }()
            for _ in 0..<20 {
                let result = try log.verify()
                #expect(result.isSound, "\(result.problems)")
            }
            try await writing
        }
    }
}
