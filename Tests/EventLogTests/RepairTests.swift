import EventLog
import LMDB
import Testing

@Suite("Repair") struct RepairTests {
    private static let types = Database.Specification("types")

    private static func fill(_ directory: String) async throws {
        let log = try openLog(directory, unsynced)
        try await log.append(samples(1...6, topic: "a") + [Names.event("x"), sample(8, topic: "b", id: "eight")])
        let projector = try await log.project(NameProjection())
        _ = try await projector.saveSnapshot()
        log.close()
    }

    /// What the indexes say.
    private static func indexes(_ log: EventLog) throws -> [String] {
        try log.topics().map { "\($0.name) \($0.events) \($0.last)" } + log.types().map { "\($0.name) \($0.events)" }
            + [log.offset(ofID: "eight")?.description ?? "none"]
    }

    @Test(
        "indexes whose counts are wrong are rebuilt at the next opening for writing, with a warning",
        arguments: ["topics", "types", "mark"])
    func mends(what: String) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let sound = try {
                let log = try openLog(directory); defer { log.close() }; return try Self.indexes(log)
            }()
            switch what {
            case "topics":
                try tamper(directory, .topics) { (t, topics) throws(LMDBError) in
                    _ = try t.delete(topics, Array("a".utf8).span.bytes)
                }
            case "types":
                try tamper(directory, Self.types) { (t, types) throws(LMDBError) in
                    try t.put(types, Array("odd".utf8).span.bytes, 7)
                }
            default:
                try tamper(directory, .meta) { (t, meta) throws(LMDBError) in
                    try t.put(meta, Array("indexing".utf8).span.bytes, ([1] as [UInt8]).span.bytes)
                }
            }
            let log = try openLog(directory)
            defer { log.close() }
            #expect(log.repairs.count == 1 && log.repairs[0].hasSuffix("; the indexes were rebuilt from the events"))
            #expect(try Self.indexes(log) == sound)
            #expect(try log.verify(projections: [NameProjection()]).isSound)
        }
    }

    @Test("a log of the first format gets its index of types at the next opening for writing; reading says so")
    func upgrades() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, Self.types) { (t, types) throws(LMDBError) in try t.clear(types) }
            try tamper(directory, .meta) { (t, meta) throws(LMDBError) in
                try t.put(meta, Array("format".utf8).span.bytes, bytes(of: UInt32(1)).span.bytes)
            }
            let error = #expect(throws: OpenError.self) { try openLog(directory, reading) }
            #expect(
                error
                    == OpenError(
                        .older,
                        "the log in \(directory) was written by an earlier version (format 1); open it with `bitacora serve` once"
                    ))
            let log = try openLog(directory)
            #expect(
                log.repairs == ["the log was written by an earlier version; the indexes were rebuilt from the events"])
            #expect(try log.types().map { "\($0.name) \($0.events)" } == ["name.taken 1", "product.created 7"])
            log.close()
            let again = try openLog(directory)
            defer { again.close() }
            #expect(again.repairs.isEmpty)
        }
    }

    @Test(
        "repair corrects errors that counts do not show: swapped offsets, a wrong id, a snapshot that does not match the events"
    )
    func repairs() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let sound = try {
                let log = try openLog(directory); defer { log.close() }; return try Self.indexes(log)
            }()
            try tamper(directory, .topics) { (t, topics) throws(LMDBError) in
                let key = Array("a".utf8)
                try t.delete(topics, key.span.bytes)
                try t.appendDuplicates(topics, key.span.bytes, [1, 2, 3, 4, 5, 8])
            }
            try tamper(directory, .ids) { (t, ids) throws(LMDBError) in
                try t.put(ids, Array("eight".utf8).span.bytes, 2)
            }
            let log = try openLog(directory)
            defer { log.close() }
            try await log.save(Snapshot(name: NameProjection().name, offset: 5, state: Names().encoded()))
            #expect(log.repairs.isEmpty)
            let found = try log.verify(projections: [NameProjection()])
            #expect(
                found.problemCount(of: .indexes) == 2 && found.problemCount(of: .snapshots) == 1
                    && found.problemCount == 3)
            let repair = try await log.repair(projections: [NameProjection()])
            #expect((repair.indexed, repair.unreadable, repair.removed.map(\.offset)) == (8, 0, [5]))
            #expect(try Self.indexes(log) == sound)
            #expect(try log.verify(projections: [NameProjection()]).isSound)
            #expect(try await log.append(sample()).offset == 9)
        }
    }

    @Test(
        "while the indexes are being rebuilt, or after an interrupted rebuild, readers read all events and count nothing"
    )
    func halfIndexed() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, .topics) { (t, topics) throws(LMDBError) in try t.clear(topics) }
            try tamper(directory, .ids) { (t, ids) throws(LMDBError) in try t.clear(ids) }
            try tamper(directory, .meta) { (t, meta) throws(LMDBError) in
                try t.put(meta, Array("indexing".utf8).span.bytes, ([1] as [UInt8]).span.bytes)
            }
            let reader = try openLog(directory, reading)
            let filter = EventFilter(topics: [try #require(TopicPattern("a"))])
            #expect(try reader.read(filter: filter).events.map(\.offset) == (1...6).map { Offset($0) })
            #expect(try reader.offset(ofID: "eight") == 8)
            #expect(throws: ReadError.indexing) { try reader.topics() }
            #expect(throws: ReadError.indexing) { try reader.types() }
            #expect(throws: ReadError.indexing) { try reader.statistics() }
            reader.close()
            let log = try openLog(directory)
            defer { log.close() }
            #expect(log.repairs.count == 1)
            #expect(try log.topics().map(\.events) == [6, 1, 1])
        }
    }

    @Test("an unreadable event is left out of the indexes without a rebuild at each opening")
    func unreadable() async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, .events) { (t, events) throws(LMDBError) in
                try t.put(events, bytes(of: UInt64(3)).span.bytes, ([1, 2, 3] as [UInt8]).span.bytes)
            }
            let log = try openLog(directory)
            #expect(try await log.repair().unreadable == 1)
            log.close()
            let again = try openLog(directory)
            #expect(again.repairs.isEmpty)
            try await again.trim(before: 6, projections: [])
            again.close()
            let trimmed = try openLog(directory)
            defer { trimmed.close() }
            #expect(trimmed.repairs.isEmpty && trimmed.first == 6)
            #expect(try trimmed.verify().isSound)
        }
    }

    @Test("only the process that writes the log can repair it", arguments: [EventLog.Access.read, .maintain])
    func access(access: EventLog.Access) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            let log = try openLog(directory) { $0.access = access }
            defer { log.close() }
            let error = await #expect(throws: MaintenanceError.self) { try await log.repair() }
            #expect(error == .write(AppendError(.closed, "the log must be open for writing to be repaired")))
        }
    }

    @Test(
        "an index with wrong offsets is not used: all events are read",
        arguments: [[1, 2, 7], [7, 8]] as [[UInt64]])
    func astray(offsets: [UInt64]) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, .topics) { (t, topics) throws(LMDBError) in
                let key = Array("a".utf8)
                try t.delete(topics, key.span.bytes)
                try t.appendDuplicates(topics, key.span.bytes, offsets)
            }
            let log = try openLog(directory, reading)
            defer { log.close() }
            let filter = EventFilter(topics: [try #require(TopicPattern("a"))])
            let events = try log.read(filter: filter).events
            #expect(events.allSatisfy { $0.topic == "a" })
            if offsets.first == 7 { #expect(events.map(\.offset) == (1...6).map { Offset($0) }) }
        }
    }

    @Test("reading backward finds the events after a damaged event, and names it when these are fewer than the limit")
    func backward() async throws {
        try await withTemporaryDirectory { directory in
            let whole = try openLog(directory, unsynced)
            try await whole.append((1...30).map { sample($0, type: $0 % 5 == 0 ? "rare" : "often") })
            whole.close()
            try tamper(directory, .events) { (t, events) throws(LMDBError) in
                for offset in [12, 20] as [UInt64] {
                    try t.put(events, bytes(of: offset).span.bytes, ([1, 2, 3] as [UInt8]).span.bytes)
                }
            }
            let log = try openLog(directory, reading)
            defer { log.close() }
            let rare = EventFilter(types: ["rare"])
            #expect(try log.readBackward(filter: rare, limit: 2).events.map(\.offset) == [30, 25])
            #expect(throws: ReadError.damaged(20)) { try log.readBackward(filter: rare, limit: 3) }
            #expect(try log.readBackward(before: 20, filter: rare, limit: 1).events.map(\.offset) == [15])
            #expect(throws: ReadError.damaged(12)) { try log.readBackward(before: 20, filter: rare, limit: 2) }
            #expect(try log.readBackward(from: 21, limit: 100).events.count == 10)
            #expect(try log.offset(beforeLast: 2, matching: rare) == 24)
            #expect(throws: ReadError.damaged(20)) { try log.offset(beforeLast: 3, matching: rare) }
        }
    }

    @Test(
        "missing events are damage, reported with their offset, and the events around them can be read",
        arguments: [1, 4, 7] as [UInt64])
    func holes(offset: UInt64) async throws {
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            try tamper(directory, .events) { (t, events) throws(LMDBError) in try t.delete(events, offset) }
            let log = try openLog(directory, reading)
            defer { log.close() }
            #expect(throws: ReadError.damaged(Offset(offset))) { try log.read(limit: 100) }
            #expect(try log.read(after: Offset(offset)).events.map(\.offset) == (offset + 1...8).map { Offset($0) })
            if offset > 1 { #expect(try log.read(limit: Int(offset) - 1).events.count == Int(offset) - 1) }
        }
    }
}
