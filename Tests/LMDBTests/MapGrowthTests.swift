import Glibc
import LMDB
import Testing

@Suite("The map") struct MapGrowthTests {
    private static let small = 1 << 16

    @Test("grows when it is full: the body runs again and nothing is lost")
    func grows() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory) { $0.mapSize = Self.small }
            defer { environment.close() }
            let value = [UInt8](repeating: 7, count: 1000)
            var runs = 0
            for block in 0..<10 as Range<UInt64> {
                try environment.write { transaction throws(LMDBError) in
                    runs += 1
                    for number in 0..<100 as Range<UInt64> {
                        try transaction.append(integers, block * 100 + number + 1, value)
                    }
                    return .commit(())
                }
            }
            #expect(runs > 10)
            #expect(try environment.information().mapSize > 1_000_000)
            #expect(try environment.count(integers) == 1000)
            for number in 1...1000 as ClosedRange<UInt64> { #expect(try environment.bytes(integers, number) == value) }
        }
    }

    @Test("stops at the maximum with mapFull; the content stays, and smaller values can still be written")
    func stopsAtMaximum() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory) {
                $0.mapSize = Self.small
                $0.maximumMapSize = 1 << 18
            }
            defer { environment.close() }
            func append(_ key: UInt64, _ size: Int) throws {
                try environment.write { transaction throws(LMDBError) in
                    try transaction.append(integers, key, [UInt8](repeating: 1, count: size))
                    return .commit(())
                }
            }
            try append(1, 1000)
            for _ in 0..<3 {
                let error = #expect(throws: LMDBError.self) { try append(2, 1 << 18) }
                #expect(error?.code == .mapFull)
                #expect(error?.call == "mdb_cursor_put")
                #expect(error?.reason.contains("mapsize limit reached") == true)
            }
            #expect(try environment.count(integers) == 1)
            try append(2, 1000)
            #expect(try environment.bytes(integers, 2)?.count == 1000)
            #expect(try environment.information().mapSize == 1 << 18)
        }
    }

    @Test("grows during reads")
    func growsBesideReaders() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory) { $0.mapSize = Self.small }
            defer { environment.close() }
            let total: UInt64 = 200
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { @concurrent in
                    for number in 1...total {
                        try environment.write { transaction throws(LMDBError) in
                            try transaction.append(
                                integers, number, [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 5000))
                            return .commit(())
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask { @concurrent in
                        var next: UInt64 = 1
                        while next <= total {
                            guard let bytes = try environment.bytes(integers, next) else { continue }
                            #expect(bytes == [UInt8](repeating: UInt8(truncatingIfNeeded: next), count: 5000))
                            next += 1
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(
        "when the system refuses a larger map, only that write fails: reads continue, and writes when memory is available again"
    )
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            _ = await #expect(processExitsWith: .success) { [directory = directory as String] in
                let (environment, _, integers, _) = try open(directory) {
                    $0.mapSize = 1 << 25
                    $0.synchronous = false
                }
                let value = [UInt8](repeating: 7, count: 1 << 20)
                var next = 1 as UInt64
                func append() throws {
                    try environment.write { transaction throws(LMDBError) in
                        try transaction.append(integers, next, value)
                        return .commit(())
                    }
                    next += 1
                }
                // For a moment both maps exist, and the address space is too small for both.
                try limitAddressSpace(to: try addressSpace() + 1 << 25)
                let error = #expect(throws: LMDBError.self) { while true { try append() } }
                #expect(error?.code.rawValue == ENOMEM && error?.call == "mmap")
                #expect(next > 20)
                for number in 1..<next { #expect(try environment.bytes(integers, number) == value) }
                try limitAddressSpace(to: nil)
                for _ in 0..<40 { try append() }
                #expect(try environment.count(integers) == Int(next) - 1)
                environment.close()
            }
        }
    }

    @Test("adopts the size that another process has set, in reads and in writes")
    func followsAnotherProcess() async throws {
        try await withTemporaryDirectory { directory in
            let (environment, _, integers, _) = try open(directory) { $0.mapSize = Self.small }
            defer { environment.close() }
            #expect(try environment.count(integers) == 0)
            for round in 0..<2 as Range<UInt64> {
                await #expect(processExitsWith: .success) {
                    [directory = directory as String, round = round as UInt64] in
                    var options = Environment.Options()
                    options.mapSize = 1 << (18 + 2 * Int(round))
                    let other = try Environment(directory: directory, options: options)
                    let database = try other.openDatabases([.init("integers", .integerKeys)])[0]
                    for number in 1...200 as ClosedRange<UInt64> {
                        try other.write { transaction throws(LMDBError) in
                            try transaction.append(database, round * 201 + number, count: 1000 << (2 * round)) {
                                $0.copyBytes(from: [UInt8(1)])
                            }
                            return .commit(())
                        }
                    }
                    other.close()
                }
                // In one round a read adopts the new size, in the other a write.
                if round == 0 { #expect(try environment.count(integers) == 200) }
                try environment.write { transaction throws(LMDBError) in
                    try transaction.append(integers, round * 201 + 201, [2])
                    return .commit(())
                }
                #expect(try environment.count(integers) == Int(round + 1) * 201)
            }
        }
    }
}

/// The size of the address space of this process, in bytes.
private func addressSpace() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    try #require(fgets(&line, 128, file) != nil)
    let pages = try #require(
        String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self).split(separator: " ").first.flatMap {
            Int($0)
        })
    return pages * 4096
}

/// - Parameter bytes: the limit; nil for the largest one that is allowed.
private func limitAddressSpace(to bytes: Int?) throws {
    var limit = rlimit()
    try #require(getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
    limit.rlim_cur = bytes.map { rlim_t($0) } ?? limit.rlim_max
    try #require(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
}
