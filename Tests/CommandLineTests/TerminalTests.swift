import EventLog
import JSON
import Testing

@testable import bitacora

@Suite("output on a terminal")
struct TerminalTests {
    @Test("rows fit the width of the terminal", arguments: [40, 60, 80, 200] as [UInt16])
    func width(_ width: UInt16) async throws {
        let log = try await TemporaryLog([
            NewEvent(
                topic: "products", type: "product.created",
                data: TemporaryLog.json("{\"title\":\"\(String(repeating: "ñ", count: 300))\"}"))
        ])
        let lines = try await show(["list"], of: log, width: width, ["NO_COLOR": "1"])
        #expect(lines.count == 2)
        for line in lines { #expect(DisplayText.width(line) <= Int(width)) }
        #expect(lines[1].hasSuffix("…") || width < 60)
    }

    @Test(
        "a narrow terminal shortens the time before the data",
        arguments: [
            (100, "2026-01-02T03:04:05.678901Z", 36), (80, "2026-01-02T03:04:05Z", 23), (70, "03:04:05Z", 24),
            (60, "03:04:05Z", 16),
        ] as [(UInt16, String, Int)])
    func times(_ width: UInt16, _ time: String, _ data: Int) async throws {
        let (log, text) = (try TemporaryLog(), "{\"title\":\"\(String(repeating: "x", count: 300))\"}")
        let moment = try #require(Timestamp("2026-01-02T03:04:05.678901Z"))
        try await log.append(
            [NewEvent(topic: "products", type: "product.created", data: TemporaryLog.json(text))], at: [moment])
        for command in [["list"], ["tail"], ["grep", "x"]] {
            let lines = try await show(command, of: log, width: width, ["NO_COLOR": "1"])
            let cells = lines[1].split(separator: " ").map(String.init)
            #expect(cells[1] == time, "\(lines)")
            #expect(cells[4].count == data, "\(lines)")
            #expect(DisplayText.width(lines[1]) == Int(width))
        }
    }

    @Test("the table of statistics fits the terminal", arguments: [60, 100, 200] as [UInt16])
    func stats(_ width: UInt16) async throws {
        let log = try await TemporaryLog.sample()
        let lines = try await show(["stats"], of: log, width: width, ["NO_COLOR": "1"])
        // The directory is shown whole, whatever its length.
        for line in lines.dropFirst() { #expect(DisplayText.width(line) <= Int(width), "\(line)") }
    }

    @Test("colours are printed only on terminals, and not with NO_COLOR")
    func colours() async throws {
        let log = try await TemporaryLog.sample()
        #expect(try await show(["list"], of: log, width: 80, [:]).contains { $0.contains("\u{1B}[") })
        #expect(try await !show(["list"], of: log, width: 80, ["NO_COLOR": "1"]).contains { $0.contains("\u{1B}[") })
        #expect(try await !show(["list"], of: log, width: 80, ["TERM": "dumb"]).contains { $0.contains("\u{1B}[") })
        #expect(try await !Tool.log("list", in: log).output.contains("\u{1B}["))
    }

    @Test(
        "event data cannot control the terminal",
        arguments: ["list", "show 1", "topics", "tail", "grep x", "histogram --by topic", "stats"])
    func injection(_ command: String) async throws {
        // CSI as one character, and a mark that turns the writing around.
        let log = try await TemporaryLog([
            NewEvent(
                topic: "a\u{202E}b", type: "t", source: "s\u{2066}",
                data: TemporaryLog.json("\"x\u{9B}2J\u{7F}\u{2028}\""))
        ])
        let result = try await Tool.run(
            ["log"] + command.split(separator: " ").map(String.init) + ["--data", log.directory])
        #expect(result.status == 0)
        #expect(
            !result.output.unicodeScalars.contains {
                ["\u{202E}", "\u{2066}", "\u{9B}", "\u{7F}", "\u{2028}"].contains($0)
            })
        #expect(result.output.contains(#"a\u202eb"#))
    }
}

@Suite("text for people")
struct TextTests {
    @Test(
        "widths are measured in columns",
        arguments: [("", 0), ("abc", 3), ("ñandú", 5), ("日本", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("❤️", 2), ("…", 1)]
            as [(String, Int)])
    func widths(_ text: String, _ width: Int) {
        #expect(DisplayText.width(text) == width)
    }

    @Test(
        "truncated text ends with a complete character and an ellipsis",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 4, "日…"), ("日本語", 5, "日本…"), ("abc", 1, "…"),
            ("abc", 0, ""),
        ])
    func cutting(_ text: String, _ width: Int, _ expected: String) {
        #expect(DisplayText.cut(text, to: width) == expected)
    }

    @Test("a table separates its columns, and prints its titles once")
    func table() {
        var table = Table(
            [.init(title: "N", alignment: .right), .init(title: "NAME"), .init(title: "X")],
            terminal: Terminal(width: nil))
        #expect(table.lines([["1", "a", "x"]]) == ["N  NAME  X", "1  a     x"])
        #expect(
            table.lines([["10", "longer", "y"], ["2", "b", "long and whole"]]) == [
                "10  longer  y", " 2  b       long and whole",
            ])
    }

    @Test("a table truncates the widest columns first")
    func fitting() {
        var table = Table(
            [.init(title: "N"), .init(title: "A", minimum: 4), .init(title: "B", minimum: 4)],
            terminal: Terminal(width: 20))
        #expect(table.lines([["12345", "abcdefghij", "abcdefghijklmnop"]])[1] == "12345  abcd…  abcde…")
    }

    @Test(
        "JSON is indented without being parsed into values",
        arguments: [
            ("1.50", "1.50"), ("{}", "{}"), ("[]", "[]"), (#""a\"{,:b""#, #""a\"{,:b""#),
            (
                #"{"a":[1,{}],"a":{"b":"]"}}"#,
                "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"b\": \"]\"\n  }\n}"
            ),
        ])
    func prettyJSON(_ text: String, _ expected: String) {
        #expect(String(decoding: JSONText.indented(Array(text.utf8)), as: UTF8.self) == expected)
    }

    @Test("a long dump ends with the number of remaining bytes")
    func hexDump() {
        let lines = HexDump.lines(of: [UInt8](repeating: 0x41, count: 5000)).split(separator: "\n")
        #expect(lines.count == 257)
        #expect(lines[255].hasPrefix("00000ff0  41 41"))
        #expect(lines[256] == "… and 904 bytes more; --json prints all")
    }

    @Test("a progress bar shows progress, rate and remaining time within its width", arguments: [30, 60, 120])
    func progress(_ width: Int) {
        let line = ProgressBar("verifying", total: 1_000_000, unit: "events").line(
            250_000, after: .seconds(2), width: width)
        #expect(DisplayText.width(line) <= width)
        let whole = "verifying  ██████──────────────────  25%  250,000 of 1,000,000 events  125,000/s  6.0 s left"
        #expect(line == DisplayText.cut(whole, to: width))
    }
}
