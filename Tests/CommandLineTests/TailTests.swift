import EventLog
import Glibc
import Testing

@Suite("bitacora log tail")
struct TailTests {
    @Test(
        "begins with the last events that match the filters",
        arguments: [
            ([], "3 4 5 6 7 8 9 10 11 12"), (["-n", "2"], "11 12"), (["--lines", "0"], ""),
            (["--lines", "99"], "1 2 3 4 5 6 7 8 9 10 11 12"),
            (["--topics", "even", "--lines", "3"], "8 10 12"), (["--topics", "even", "--to", "7"], "2 4 6"),
            (["--after", "10"], "11 12"),
            (["--from", "1", "--lines", "1"], "12"), (["--after", "start", "--limit", "2"], "1 2"),
        ] as [([String], String)])
    func beginnings(_ arguments: [String], _ expected: String) async throws {
        let log = try await TemporaryLog((1...12).map(numbered))
        let result = try await Tool.run(["log", "tail", "--json", "--data", log.directory] + arguments)
        #expect(result.status == 0)
        #expect(offsets(result) == expected)
    }

    @Test("prints an event as soon as another process has committed it")
    func follow() async throws {
        let log = try await TemporaryLog((1...3).map(numbered))
        let tool = try RunningTool(["log", "tail", "--follow", "--json", "--lines", "1", "--data", log.directory])
        #expect(try tool.line() == (try log.eventJSON()[2]))
        let append = try await Tool.log(
            "append", "--topic", "chat", "--type", "message.posted", #"{"text":"now"}"#, in: log)
        #expect(append.output == "4\n")
        #expect(try tool.line() == (try log.eventJSON()[3]))
        tool.send(SIGTERM)
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
        #expect(tool.errors.isEmpty)
    }

    @Test("follows a busy writer without gaps, repetitions or reordering")
    func followBusyWriter() async throws {
        let log = try await TemporaryLog([numbered(1)])
        let tool = try RunningTool([
            "log", "tail", "--follow", "--json", "--limit", "300", "--topics", "odd,even", "--data", log.directory,
        ])
        let first = try tool.line()
        try await log.append((2...300).map(numbered))
        var lines = [first].compactMap(\.self)
        while let line = try tool.line() { lines.append(line) }
        #expect(await tool.status() == 0)
        #expect(lines == (try log.eventJSON()))
    }

    @Test("ends with status 0 when it is interrupted", arguments: [SIGINT, SIGTERM])
    func signals(_ signal: Int32) async throws {
        let log = try await TemporaryLog([numbered(1)])
        let tool = try RunningTool(["log", "tail", "--follow", "--data", log.directory])
        #expect(try tool.line()?.hasPrefix("OFFSET") == true)
        #expect(try tool.line()?.hasPrefix("     1") == true)
        tool.send(signal)
        #expect(await tool.status() == 0)
        #expect(tool.errors.isEmpty)
    }

    @Test("ends when the reader closes the output, without waiting for the next event")
    func brokenPipe() async throws {
        let log = try await TemporaryLog([numbered(1)])
        let tool = try RunningTool(["log", "tail", "--follow", "--json", "--data", log.directory])
        #expect(try tool.line() != nil)
        tool.closeOutput()
        #expect(await tool.status() == 0)
        #expect(tool.errors.isEmpty)
    }

    @Test("follows up to the offset named by --to")
    func followToAnOffset() async throws {
        let log = try await TemporaryLog([numbered(1)])
        let tool = try RunningTool(["log", "tail", "--follow", "--json", "--to", "2", "--data", log.directory])
        #expect(try tool.line() != nil)
        try await log.append([numbered(2)])
        #expect(try tool.line() != nil)
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
    }

    @Test(
        "follows up to the time of --until, which may be past or reached by the clock",
        arguments: [-3_600_000_000, 200_000])
    func followToATime(_ microseconds: Int64) async throws {
        let log = try await TemporaryLog([numbered(1)])
        let until = Timestamp(microseconds: Timestamp.now().rawValue + microseconds)
        let tool = try RunningTool([
            "log", "tail", "--follow", "--json", "--until", "\(until)", "--data", log.directory,
        ])
        if microseconds > 0 { #expect(try tool.line() != nil) }
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
        #expect(Timestamp.now() >= until)
    }

    @Test("an event at that time ends it, also when the event does not match the filters", arguments: ["odd", "even"])
    func followToAnEventOfATime(_ topic: String) async throws {
        let log = try await TemporaryLog([numbered(1)])
        let hour = Int64(3_600_000_000)
        let until = Timestamp(microseconds: Timestamp.now().rawValue + hour)
        let tool = try RunningTool([
            "log", "tail", "--follow", "--json", "--topics", topic, "--until", "\(until)", "--data", log.directory,
        ])
        if topic == "odd" { #expect(try tool.line() != nil) }
        try await log.append([numbered(3)], at: [Timestamp(microseconds: until.rawValue + hour)])
        #expect(try tool.line() == nil)
        #expect(await tool.status() == 0)
    }

    private func numbered(_ number: Int) -> NewEvent {
        NewEvent(
            topic: number.isMultiple(of: 2) ? "even" : "odd", type: "counted", data: TemporaryLog.json("\(number)"))
    }
}
