import EventLog
import Glibc
import Testing

@Suite("Another process") struct OtherProcessTests {
    @Test("reads and follows while this one writes, and sees each event once, in order")
    func follows() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory) { $0.mapSize = 1 << 17 }
            try await log.append(samples(1...100))
            async let child = #expect(processExitsWith: .exitCode(7)) { [directory = directory as String] in
                let reader = try openLog(directory, reading)
                var next = 1
                for try await event in reader.events() {
                    guard event.offset == Offset(next), event.data.text == "{\"number\":\(next)}" else { exit(1) }
                    if next == 600 { break }
                    next += 1
                }
                guard reader.head >= 600, try reader.verify().isSound else { exit(2) }
                reader.close()
                exit(7)
            }
            for number in 101...600 { try await log.append(sample(number)) }
            _ = await child
            log.close()
        }
    }

    @Test("writes while this one follows, and its death ends nothing here")
    func followed() async throws {
        try await withTemporaryDirectory { directory in
            try openLog(directory).close()
            let reader = try openLog(directory, reading)
            defer { reader.close() }
            async let events = {
                var offsets: [Offset] = []
                for try await event in reader.events() {
                    offsets.append(event.offset)
                    if event.offset == 300 { break }
                }
                return offsets
            }()
            for round in 0..<3 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [directory = directory as String, round = round as Int] in
                    let log = try openLog(directory) { $0.mapSize = 1 << (20 + round) }
                    for number in 1...100 { try await log.append(sample(round * 100 + number)) }
                    kill(getpid(), SIGKILL)
                }
            }
            #expect(try await events == (1...300).map { Offset($0) })
        }
    }
    @Test("killed in the middle of reading, it does not make the file grow without bound")
    func killedReader() async throws {
        try await withTemporaryDirectory { directory in
            let log = try openLog(directory, unsynced)
            defer { log.close() }
            try await log.append(samples(1...100))
            for _ in 0..<5 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                    let reader = try openLog(directory, reading)
                    _ = try reader.scan(after: .start) { _ in
                        kill(getpid(), SIGKILL)
                        return true
                    }
                }
                try await log.append(sample())
            }
            // Each commit rewrites a few pages, which are not reused only while a reader seems to be alive.
            for number in 0..<4000 { try await log.append(sample(number)) }
            let bytes = try log.statistics().bytes
            #expect(bytes < 1100 * 10 * 4096, "\(bytes) bytes")
        }
    }
}
