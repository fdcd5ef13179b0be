import Dispatch
import EventLog
import Glibc
import JSON
import Testing

@Suite("bitacora log readers")
struct ReadersTests {
    @Test("lists an active reader of another process, and how far it is behind")
    func reading() async throws {
        let log = try await TemporaryLog.sample()
        let tool = try RunningTool(["log", "tail", "--follow", "--data", log.directory])
        #expect(try tool.line() != nil)
        let none = try await Tool.log("readers", in: log)
        #expect(none.output == "no active readers\n")
        tool.send(SIGTERM)
        #expect(await tool.status() == 0)

        var options = EventLog.Options()
        options.access = .read
        let reader = try EventLog(directory: log.directory, options: options)
        defer { reader.close() }
        var lines: [String] = []
        var table: [String] = []
        let held = HeldScan(reader)
        defer { held.end() }
        try await held.begun()
        lines = try await Tool.log("readers", "--json", in: log).lines
        table = try await Tool.log("readers", in: log).lines
        let value = try JSONValue(parsing: try #require(lines.first))
        #expect(lines.count == 1)
        #expect(value.object?.entries.map(\.key) == ["process", "name", "running", "transaction", "behind", "stale"])
        #expect(value["process"]?.int == Int(getpid()))
        #expect(value["name"]?.string?.isEmpty == false)
        #expect(value["behind"]?.int == 0)
        #expect(value["stale"] == false)
        #expect(table.first?.hasPrefix("PROCESS  NAME") == true)
        #expect(table.last?.hasSuffix("reading") == true)
    }

    @Test("lists stale readers, and clears them with --clear")
    func stale() async throws {
        let log = try await TemporaryLog.sample()
        var options = EventLog.Options()
        options.access = .read
        // A second open log keeps the table of readers, which the first process to open a log clears.
        let other = try EventLog(directory: log.directory, options: options)
        defer { other.close() }
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = log.directory as String] in
            var options = EventLog.Options()
            options.access = .read
            let log = try EventLog(directory: directory, options: options)
            _ = try log.scan(after: .start) { _ in
                kill(getpid(), SIGKILL)
                return false
            }
        }
        let result = try await Tool.log("readers", "--json", in: log)
        #expect(result.status == 0)
        let value = try JSONValue(parsing: result.output)
        #expect(value["stale"] == true)
        #expect(value["name"] == .null)
        #expect(try await Tool.log("readers", in: log).lines.last?.hasSuffix("stale") == true)
        #expect(try await Tool.log("readers", "--clear", in: log).output == "1 stale reader cleared\n")
        #expect(try await Tool.log("readers", "--clear", "--json", in: log).output == "{\"cleared\":0}\n")
        #expect(try await Tool.log("readers", in: log).output == "no active readers\n")
    }
}

/// A scan on a thread of its own that blocks until `end` is called.
private final class HeldScan: Sendable {
    private let (ends, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    private let started = AsyncStream.makeStream(of: Void.self)

    init(_ log: EventLog) {
        DispatchQueue.global().async { [self] in
            _ = try? log.scan(after: .start) { _ in
                started.continuation.yield()
                ends.wait()
                return false
            }
            ended.signal()
        }
    }

    /// Returns when it stands still.
    func begun() async throws {
        for await _ in started.stream { return }
    }

    /// Returns when it has ended.
    func end() {
        ends.signal()
        ended.wait()
    }
}
