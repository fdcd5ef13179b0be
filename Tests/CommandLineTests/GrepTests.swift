import EventLog
import Testing

@testable import bitacora

@Suite("bitacora log grep")
struct GrepTests {
    @Test(
        "prints the events that contain the text, as list does",
        arguments: [
            (["Lamp"], "1"), (["lamp"], ""), (["-i", "lamp"], "1"), (["id"], "1 3 5"), (["id", "--reverse"], "5 3 1"),
            (["id", "--limit", "2"], "1 3"),
            (["id", "--last", "2"], "3 5"), (["id", "--type", "product.deleted"], "5"), ([#"Hello, "you""#], "2"),
            (["A"], "4"), (["--", "-"], ""),
            (["id", "--grep", "price"], "3"),
        ] as [([String], String)])
    func found(_ arguments: [String], _ expected: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.run(["log", "grep", "--json", "--data", log.directory] + arguments)
        #expect(offsets(result) == expected)
        #expect(result.errors.isEmpty)
        #expect(result.status == (expected.isEmpty ? 1 : 0))
        let listed = try log.eventJSON()
        for line in result.lines { #expect(listed.contains(line)) }
    }

    @Test("prints the number of matching events", arguments: [("id", "3"), ("nowhere", "0")])
    func count(_ text: String, _ number: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("grep", "--count", text, in: log)
        #expect(result.output == number + "\n")
        #expect(result.status == (number == "0" ? 1 : 0))
        #expect(try await Tool.log("grep", "--count", "--json", text, in: log).output == "{\"count\":\(number)}\n")
        #expect(try await Tool.log("grep", "-c", "--limit", "2", "id", in: log).output == "2\n")
    }

    @Test(
        "highlights matches on a terminal, and shows a match at any position",
        arguments: [60, 100, 200] as [UInt16])
    func highlights(_ width: UInt16) async throws {
        let log = try await TemporaryLog([
            NewEvent(
                topic: "t", type: "x",
                data: TemporaryLog.json("{\"text\":\"\(String(repeating: "far ", count: 500))needle and more\"}"))
        ])
        let lines = try await show(["grep", "NEEDLE", "-i"], of: log, width: width, [:])
        #expect(lines.count == 2)
        #expect(lines[1].contains("\u{1B}[31mneedle\u{1B}[0m"), "\(lines[1])")
        let plain = try await show(["grep", "needle"], of: log, width: width, ["NO_COLOR": "1"])
        #expect(plain[1].contains("needle"))
        #expect(!plain[1].contains("\u{1B}"))
        #expect(DisplayText.width(plain[1]) <= Int(width))
    }

    @Test("prints complete data without highlights when the output is not a terminal")
    func plain() async throws {
        let log = try await TemporaryLog.sample()
        let lines = try await Tool.log("grep", "price", in: log).lines
        #expect(lines[1].hasSuffix(#"{"id":1,"price":19.90,"tags":[],"more":{}}"#))
    }
}

/// The lines of output on a terminal of that width.
func show(
    _ arguments: [String], of log: TemporaryLog, width: UInt16, _ environment: [String: String], status: Int32 = 0
) async throws -> [String] {
    let terminal = try PseudoTerminal(width: width)
    let variables = ["COLUMNS": "", "TERM": "xterm"].merging(environment) { $1 }
    let process = try Tool.spawn(
        ["log"] + arguments + ["--data", log.directory], variables, [terminal.slave, terminal.slave, terminal.slave])
    #expect(await Tool.wait(for: process) == status)
    return terminal.written().split(separator: "\r\n").map(String.init)
}
