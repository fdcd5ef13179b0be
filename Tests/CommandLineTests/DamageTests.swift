import EventLog
import Glibc
import Inspection
import JSON
import Testing

@testable import bitacora

@Suite("damaged events")
struct DamageTests {
    private static func sample() async throws -> TemporaryLog {
        let log = try await TemporaryLog(
            (1...40).map {
                NewEvent(topic: $0 % 2 == 0 ? "even" : "odd", type: "x", source: "s", data: TemporaryLog.json("\($0)"))
            })
        try log.damage([2, 20])
        return log
    }

    @Test(
        "are skipped and reported with their offsets, and the other events are printed",
        arguments: [
            (["list"], 38), (["list", "--topic", "even"], 18), (["list", "--reverse"], 38),
            (["list", "--field", "data>0"], 38), (["tail", "--last", "50"], 38),
            (["grep", "1"], 13), (["histogram", "--by", "source"], 1),
        ] as [([String], Int)])
    func leftOut(_ arguments: [String], _ count: Int) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log"] + arguments + ["--json", "--data", log.directory])
        #expect(result.status == 1)
        #expect(result.lines.count == count)
        #expect(
            result.errors.contains("bitacora: the event at offset 20 is damaged and was skipped\n"), "\(result.errors)")
        #expect(
            result.errors.hasSuffix(" skipped; run `bitacora log verify` to see what is wrong\n"), "\(result.errors)")
    }

    @Test(
        "are not reported outside the selection",
        arguments: [
            ["list", "--from", "21"], ["list", "--last", "5"], ["tail"], ["list", "--topic", "odd"], ["show", "3"],
        ])
    func elsewhere(_ arguments: [String]) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log"] + arguments + ["--json", "--data", log.directory])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
    }

    @Test("are reported by show, which searches past them for neighbours")
    func show() async throws {
        let log = try await Self.sample()
        let damaged = try await Tool.log("show", "20", in: log)
        #expect(damaged.status == 1)
        #expect(damaged.errors == "bitacora: the event at offset 20 is damaged; run `bitacora log verify`\n")
        let beside = try await Tool.log("show", "22", in: log)
        #expect(beside.status == 1)
        #expect(beside.lines.contains("previous  18 in this topic"))
        #expect(beside.lines.contains("next      24 in this topic"))
    }

    @Test("do not end a search for a time")
    func times() async throws {
        let log = try TemporaryLog()
        try await log.append(
            (0..<15).map { NewEvent(topic: "t", type: "x", data: TemporaryLog.json("\($0)")) },
            at: (0..<15).map { Timestamp(microseconds: (1_767_355_200 + $0) * 1_000_000) })
        // Where a binary search looks first.
        try log.damage([8])
        let result = try await Tool.log("list", "--json", "--since", "2026-01-02T12:00:10Z", in: log)
        #expect(offsets(result) == "11 12 13 14 15")
        #expect(result.status == 0)
        var options = EventLog.Options()
        options.access = .read
        let damaged = try EventLog(directory: log.directory, options: options)
        defer { damaged.close() }
        #expect(try LogMoment("2026-01-02T12:00:10Z", field: "at").firstOffset(in: damaged) == 11)
    }

    @Test("are not reported after the last counted event")
    func counted() async throws {
        let log = try await Self.sample()
        let result = try await Tool.log("grep", "--count", "--limit", "1", "1", in: log)
        #expect(result.output == "1\n")
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
    }

    @Test("are reported one by one only up to a limit")
    func many() async throws {
        let log = try await TemporaryLog(
            (1...40).map { NewEvent(topic: "t", type: "x", data: TemporaryLog.json("\($0)")) })
        try log.damage(Array(1...30))
        let result = try await Tool.log("list", "--json", in: log)
        #expect(result.lines.count == 10)
        #expect(result.errors.split(separator: "\n").count == Damage.reportedOffsets + 1)
        #expect(result.errors.contains("bitacora: 30 damaged events were skipped"))
    }

    @Test("end the computation of a state, which would be wrong without them")
    func state() async throws {
        let log = try await Self.sample()
        let result = try await Tool.log("state", "marketplace", in: log)
        #expect(result.status == 1)
        #expect(result.errors == "bitacora: the event at offset 2 is damaged; run `bitacora log verify`\n")
        #expect(try await Tool.log("state", "marketplace", "--at", "1", in: log).status == 0)
    }

    @Test(
        "end the computation of a difference in both directions",
        arguments: [["1", "40"], ["40", "1"], ["10", "20"]])
    func diff(_ places: [String]) async throws {
        let log = try await Self.sample()
        let result = try await Tool.run(["log", "diff", "--data", log.directory] + places)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors == "bitacora: the event at offset 2 is damaged; run `bitacora log verify`\n")
    }

    @Test(
        "a crash is explained as damage or as a possible bug, and the process ends by the signal",
        arguments: [
            (SIGSEGV, "most likely on a damaged log"), (SIGBUS, "most likely on a damaged log"),
            (SIGFPE, "most likely on a damaged log"),
            (SIGABRT, "most likely on a damaged log"), (SIGILL, "if the log is sound, this is a bug"),
            (SIGTRAP, "if the log is sound, this is a bug"),
        ])
    func crash(_ signal: Int32, _ message: String) async throws {
        let log = try await TemporaryLog([NewEvent(topic: "t", type: "x", data: TemporaryLog.json("1"))])
        let tool = try RunningTool(
            ["log", "tail", "--follow", "--json", "--data", log.directory],
            environment: ["SWIFT_BACKTRACE": "enable=no"])
        #expect(try tool.line() != nil)
        tool.send(signal)
        #expect(await tool.status() == 128 + signal)
        #expect(tool.errors.contains(message), "\(tool.errors)")
        #expect(tool.errors.split(separator: "\n").count == 1, "\(tool.errors)")
    }

    @Test("the backtrace of the runtime follows the explanation")
    func backtrace() async throws {
        let log = try await TemporaryLog([NewEvent(topic: "t", type: "x", data: TemporaryLog.json("1"))])
        let tool = try RunningTool(
            ["log", "tail", "--follow", "--json", "--data", log.directory],
            environment: ["SWIFT_BACKTRACE": "enable=yes,color=no,symbolicate=off"])
        #expect(try tool.line() != nil)
        tool.send(SIGSEGV)
        #expect(await tool.status() == 128 + SIGSEGV)
        #expect(tool.errors.hasPrefix("bitacora: this process crashed"), "\(tool.errors)")
        #expect(tool.errors.contains("Program crashed"), "\(tool.errors)")
    }
}
