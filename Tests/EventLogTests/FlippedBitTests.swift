import EventLog
import Glibc
import LMDB
import TestSupport
import Testing

/// A disk that returns what was not written to it: any bit of the file, one at a time.
@Suite("Flipped bits") struct FlippedBitTests {
    /// All that can be read from a log but when it was made, which nothing depends on and no digest covers.
    private struct Contents: Equatable {
        let log: LogID
        let head: Offset
        let events: [Event]
        let topics: [EventLog.Topic]
        let snapshots: [Snapshot.Info]

        init(of log: EventLog) throws {
            self.log = log.id
            head = log.head
            events = try log.read(limit: .max).events
            topics = try log.topics()
            snapshots = try log.snapshots()
        }
    }

    /// What the checks say of the log as it lies there, and what can be read when they say nothing.
    private enum Finding: Equatable {
        case structure
        case opening
        case verification
        case nothing(Contents)

        init(_ directory: String) throws {
            do {
                if try !EventLog.checkStructure(directory: directory).isEmpty {
                    self = .structure
                    return
                }
                let log = try openLog(directory, reading)
                defer { log.close() }
                self = try log.verify().isSound ? .nothing(Contents(of: log)) : .verification
            } catch is OpenError {
                self = .opening
            } catch is ReadError {
                self = .verification
            }
        }
    }

    /// Every kind of page: a tree of branches, values larger than a page, topics with few and with many events, free pages.
    private static func fill(_ directory: String) async throws {
        let log = try openLog(directory, unsynced)
        try await log.append(samples(1...900, topic: "many"))
        for number in 901...960 { try await log.append(sample(number, topic: "t/\(number % 20)", id: "id \(number)")) }
        try await log.append(
            NewEvent(
                topic: "large", type: "t.t", id: "large", source: "s", data: .bytes([UInt8](repeating: 7, count: 9000)))
        )
        for offset in 1...4 as ClosedRange<Offset.RawValue> {
            try await log.save(
                Snapshot(name: "names", offset: Offset(offset), state: [UInt8](repeating: UInt8(offset), count: 40_000))
            )
        }
        log.close()
    }

    @Test(
        "each of them is found, or changes nothing that can be read, and none ends the process",
        .disabled(if: TestEnvironment.isFastRun), arguments: SeededGenerator.seeds)
    func flips(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await withTemporaryDirectory { directory in
            try await Self.fill(directory)
            guard case .nothing(let whole) = try Finding(directory) else {
                Issue.record("the log is not sound to begin with")
                return
            }
            let file = open(directory + "/data.mdb", O_RDWR)
            defer { close(file) }
            var status = stat()
            try #require(fstat(file, &status) == 0)
            var found: [String: Int] = [:]
            for _ in 0..<1000 {
                // Half of them where pages and entries begin: the rest of a page is mostly what the digests cover.
                let page = random.number(0...Int(status.st_size) / 4096 - 1)
                let place = off_t(page * 4096 + random.number(0...(random.chance(1, of: 2) ? 159 : 4095)))
                let bit = UInt8(1) << UInt8(random.number(0...7))
                try Self.flip(bit, at: place, of: file)
                let finding = try Finding(directory)
                switch finding {
                case .nothing(let contents):
                    #expect(contents == whole, "page \(page), byte \(place % 4096), bit \(bit)")
                default: found["\(finding)", default: 0] += 1
                }
                try Self.flip(bit, at: place, of: file)
            }
            #expect(found["structure", default: 0] > 100 && found["verification", default: 0] > 50)
            #expect(try Finding(directory) == .nothing(whole))
        }
    }

    private static func flip(_ bit: UInt8, at place: off_t, of file: Int32) throws {
        var byte: UInt8 = 0
        try #require(pread(file, &byte, 1, place) == 1)
        byte ^= bit
        try #require(pwrite(file, &byte, 1, place) == 1)
    }
}
