import EventLog
import Glibc
import LMDB
import TestSupport
import Testing

@Suite("Definition of the application") struct DefinitionTests {
    private static func random(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8(random.number(0...255)) }
    }

    /// The definition that a reader finds.
    private static func definition(in directory: String) throws -> [UInt8]? {
        let reader = try openLog(directory, reading)
        defer { reader.close() }
        return try reader.definition()
    }

    @Test(
        "is the same after a reopening, for writers and readers, whatever its size",
        arguments: [1, 32_751, 32_752, 32_753, 300_000, EventLog.maximumDefinition])
    func survives(size: Int) async throws {
        try await withTemporaryDirectory { directory in
            let bytes = [UInt8](repeating: 7, count: size - 1) + [8]
            let log = try openLog(directory, unsynced)
            #expect(try log.definition() == nil)
            try await log.storeDefinition(bytes)
            #expect(try log.definition() == bytes)
            log.close()
            #expect(try Self.definition(in: directory) == bytes)
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            #expect(try again.definition() == bytes)
            #expect(try again.verify().isSound)
        }
    }

    @Test("a larger one is refused, and the earlier one stays")
    func tooLarge() async throws {
        try await withLog(unsynced) { log in
            try await log.storeDefinition([1])
            let error = await #expect(throws: AppendError.self) {
                try await log.storeDefinition([UInt8](repeating: 0, count: EventLog.maximumDefinition + 1))
            }
            #expect(error?.code == .tooLarge && error?.field == "definition")
            #expect(
                error?.message == "the definition of the application has 16777217 bytes; the limit is 16777216")
            #expect(try log.definition() == [1])
        }
    }

    @Test("replaces an earlier one of any size, and empty bytes remove it", arguments: SeededGenerator.seeds)
    func replaces(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withLog(unsynced) { log in
            for step in 0..<20 {
                let bytes = random.chance(1, of: 4) ? [] : Self.random(random.number(1...100_000), &random)
                try await log.storeDefinition(bytes)
                #expect(try log.definition() == (bytes.isEmpty ? nil : bytes), "seed \(seed), step \(step)")
            }
            try await log.storeDefinition([])
            #expect(try log.definition() == nil)
            #expect(try log.verify().isSound)
        }
    }

    @Test("equal bytes are not written again")
    func equal() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory)
            defer { log.close() }
            let definition = [UInt8](repeating: 3, count: 100_000)
            try await log.storeDefinition(definition)
            let file = try contents(of: directory + "/data.mdb")
            try await log.storeDefinition(definition)
            try await log.storeDefinition(definition)
            #expect(try contents(of: directory + "/data.mdb") == file)
            try await log.storeDefinition(definition + [4])
            #expect(try contents(of: directory + "/data.mdb") != file)
        }
    }

    @Test("is also stored by a process that only maintains the log, and refused by one that only reads it")
    func access() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await log.append(samples(1...3))
            log.close()
            let maintaining = try openLog(directory) { $0.access = .maintain }
            try await maintaining.storeDefinition([1, 2])
            maintaining.close()
            let reader = try openLog(directory, reading)
            defer { reader.close() }
            #expect(try reader.definition() == [1, 2])
            let error = await #expect(throws: AppendError.self) { try await reader.storeDefinition([3]) }
            #expect(error?.code == .closed)
        }
    }

    @Test("is part of backups, restored, compacted, trimmed and repaired logs")
    func copies() async throws {
        try await withTemporaryDirectory { folder in
            defer {
                for name in ["log", "copy", "new"] {
                    for file in ["data.mdb", "lock.mdb", "writer.lock"] { unlink("\(folder)/\(name)/\(file)") }
                    rmdir("\(folder)/\(name)")
                }
            }
            let definition = [UInt8](repeating: 5, count: 100_000)
            let log = try openLog(folder + "/log", unsynced)
            try await log.append(samples(1...20))
            try await log.storeDefinition(definition)
            try await log.trim(before: 10, projections: [])
            #expect(try await log.repair().isDefinitionRemoved == false)
            #expect(try log.definition() == definition)
            try log.backup(to: folder + "/copy")
            log.close()
            try EventLog.restore(from: folder + "/copy", to: folder + "/new")
            _ = try EventLog.compact(directory: folder + "/log")
            for name in ["log", "copy", "new"] {
                #expect(try Self.definition(in: "\(folder)/\(name)") == definition, "\(name)")
            }
        }
    }

    private enum Damage: CaseIterable {
        case header, part, missingPart, size
    }

    @Test("a damaged one is reported by reading and verifying, and removed by a repair", arguments: Damage.allCases)
    private func damaged(_ damage: Damage) async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            try await log.append(samples(1...3))
            try await log.storeDefinition([UInt8](repeating: 5, count: 100_000))
            log.close()
            let header = Array("definition".utf8)
            let part = header + [0, 0, 0, 0, 2]
            try tamper(directory, .meta) { transaction, meta throws(LMDBError) in
                switch damage {
                case .header: try transaction.put(meta, header.span.bytes, [1, 2].span.bytes)
                case .part: try transaction.put(meta, part.span.bytes, [UInt8](repeating: 6, count: 32_752).span.bytes)
                case .missingPart: try transaction.delete(meta, part.span.bytes)
                case .size:
                    let large = bytes(of: UInt64.max) + [UInt8](repeating: 0, count: 16)
                    try transaction.put(meta, header.span.bytes, large.span.bytes)
                }
            }
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            #expect(throws: ReadError.self) { try again.definition() }
            let verification = try again.verify()
            #expect(verification.problemCount == 1 && verification.problemCount(of: .definition) == 1)
            #expect(try await again.repair().isDefinitionRemoved)
            #expect(try again.definition() == nil)
            #expect(try again.verify().isSound)
        }
    }

    @Test("a damaged one is replaced by storing another one")
    func replacesDamaged() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            let definition = [UInt8](repeating: 5, count: 100_000)
            try await log.storeDefinition(definition)
            log.close()
            try tamper(directory, .meta) { transaction, meta throws(LMDBError) in
                try transaction.delete(meta, (Array("definition".utf8) + [0, 0, 0, 0, 4]).span.bytes)
            }
            let again = try openLog(directory, unsynced)
            defer { again.close() }
            try await again.storeDefinition(definition)
            #expect(try again.definition() == definition)
        }
    }
}
