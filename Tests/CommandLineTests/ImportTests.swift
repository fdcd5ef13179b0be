import EventLog
import Glibc
import JSON
import TestSupport
import Testing
@testable import bitacora

@Suite("bitacora log import")
struct ImportTests {
    /// What an import says of itself.
    private static func summary(_ result: Tool.Result) throws -> [String: Int] {
        let object = try #require(try JSONValue(parsing: result.output).object)
        return ["read", "written", "duplicates", "skipped"].reduce(into: [:]) { $0[$1] = object[$1]?.int }
    }

    private static func counts(_ read: Int, written: Int, duplicates: Int = 0, skipped: Int = 0) -> [String: Int] {
        ["read": read, "written": written, "duplicates": duplicates, "skipped": skipped]
    }

    /// The lines of a log without offset, and without the id where that is a made one.
    private static func contents(of log: TemporaryLog) throws -> [String] {
        try log.eventJSON().map { $0.replacing(#/"id":"[0-9]{12}-[0-9a-f]{16}"/#, with: "\"id\":null") }
    }

    @Test(
        "imports an export in both formats, and writes no event twice", arguments: EventFormat.allCases,
        [true, false])
    func roundTrip(_ format: EventFormat, _ usesInput: Bool) async throws {
        let (log, copy, files) = (try await TemporaryLog.sample(), try TemporaryLog(), try TemporaryFiles([:]))
        let text = try await Tool.log("export", "--format", format.rawValue, in: log).output
        try files.write("e", text)
        let file = usesInput ? "-" : files["e"]
        let first = try await Tool.log("import", "--json", file, in: copy, input: text)
        #expect(first.status == 0, "\(first.errors)")
        #expect(try Self.summary(first) == Self.counts(5, written: 5))
        #expect(try JSONValue(parsing: first.output)["format"]?.string == format.rawValue)
        #expect(try Self.contents(of: copy) == Self.contents(of: log))
        #expect(
            try Self.summary(try await Tool.log("import", "--json", file, in: copy, input: text))
                == Self.counts(5, written: 0, duplicates: 5))
        // The same ids are made of the same events in the other format.
        let other = format == .jsonl ? EventFormat.cloudevents : .jsonl
        let otherText = try await Tool.log("export", "--format", other.rawValue, in: log).output
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: copy, input: otherText))
                == Self.counts(5, written: 0, duplicates: 5))
        #expect(try await Tool.log("verify", in: copy).status == 0)
    }

    @Test("an import of the log's own export writes nothing", arguments: EventFormat.allCases, ["--ids", "--no-ids"])
    func own(_ format: EventFormat, _ ids: String) async throws {
        let log = try await TemporaryLog.sample()
        let text = try await Tool.log("export", "--format", format.rawValue, in: log).output
        let result = try await Tool.log("import", "--json", ids, "-", in: log, input: text)
        #expect(try Self.summary(result) == Self.counts(5, written: 0, duplicates: 5))
        #expect(try log.eventJSON().count == 5)
    }

    @Test("random events are imported byte for byte", arguments: SeededGenerator.seeds, EventFormat.allCases)
    func exact(_ seed: UInt64, _ format: EventFormat) async throws {
        var random = SeededGenerator(seed: seed)
        let events = RandomEvents.make(400, using: &random)
        let (log, copy) = (try TemporaryLog(), try TemporaryLog())
        try await log.append(together: events)
        let text = try await Tool.log("export", "--format", format.rawValue, in: log).output
        let result = try await Tool.log(
            "import", "--no-ids", "--batch", "\(random.number(1...500))", "-", in: copy, input: text)
        #expect(result.status == 0, "seed \(seed): \(result.errors)")
        #expect(try copy.eventJSON() == log.eventJSON(), "seed \(seed)")
    }

    @Test("imports the largest event", .disabled(if: TestEnvironment.isFastRun), arguments: EventFormat.allCases)
    func largest(_ format: EventFormat) async throws {
        let (log, copy) = (try TemporaryLog(), try TemporaryLog())
        let size = EventLimits.maximumData
        let names = (String(repeating: "\"", count: 255), String(repeating: "\\", count: 127))
        try await log.append(together: [
            NewEvent(
                topic: names.0, type: names.1, id: names.0, source: names.0,
                data: .json(
                    [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: size - 2) + [UInt8(ascii: "\"")]
                )),
            NewEvent(topic: names.0, type: names.1, data: .bytes([UInt8](repeating: 0xFF, count: size))),
        ])
        let files = try TemporaryFiles([:])
        #expect(try await Tool.log("export", "--format", format.rawValue, files["e"], in: log).status == 0)
        let result = try await Tool.log("import", "--no-ids", files["e"], in: copy)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try copy.eventJSON() == log.eventJSON())
    }

    @Test("accepts lines that were written by people and by other tools")
    func shapes() async throws {
        let log = try TemporaryLog()
        let text =
            "\u{FEFF}\r\n  \n" + #"{ "data" : { "a" : [ 1 , 2 ] } , "type":"x", "topic":"\u0074" }"# + "\r\n\n"
            + #"{"topic":"t","type":"y","id":null,"source":null,"offset":null,"time":null,"encoding":null,"data":null}"#
            + "\n"
            + "\t"
            + #"{"topic":"t","type":"z","id":"i","source":"s","time":"2001-02-03T04:05:06+02:00","encoding":"base64","data":"AAE="}"#
        let result = try await Tool.log("import", "--json", "-", in: log, input: text)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try Self.summary(result) == Self.counts(3, written: 3))
        let events = try log.eventJSON()
        #expect(
            events[0].hasSuffix(
                #""topic":"t","type":"x","id":"000000000003-\#(try Self.hash(events[0]))","source":null,"data":{"a":[1,2]}}"#
            ))
        #expect(events[1].hasSuffix(#""source":null,"data":null}"#))
        #expect(
            events[2].hasSuffix(#""topic":"t","type":"z","id":"i","source":"s","data":"AAE=","encoding":"base64"}"#))
    }

    private static func hash(_ event: String) throws -> Substring {
        try #require(event.firstMatch(of: #/-([0-9a-f]{16})"/#)).1
    }

    @Test(
        "blank lines before, between and after events take no memory",
        .disabled(if: TestEnvironment.isFastRun))
    func blankLines() async throws {
        let blanks = String(repeating: "\r\n", count: 6 << 20)
        let files = try TemporaryFiles(["e": blanks + "a\n" + blanks + "b\n" + blanks])
        var source = try LineSource(files["e"], batch: 1)
        defer { source.close() }
        #expect(try source.peek() == Array("a".utf8))
        #expect(source.buffer.count <= 1 << 20)
        var (numbers, end) = ([Int](), UInt64(0))
        while let block = try source.next() {
            #expect(block.bytes.count <= 5 << 20)
            #expect(block.batchEnds == [block.lines.count])
            numbers += block.lines.map(\.number)
            end = block.end
        }
        #expect(numbers == [(6 << 20) + 1, (12 << 20) + 2])
        #expect(end <= source.size ?? 0)
        #expect(source.buffer.count <= 1 << 20)
    }

    @Test("an empty file is valid", arguments: ["", "\n\n", "\u{FEFF}"])
    func empty(_ text: String) async throws {
        let log = try TemporaryLog()
        let result = try await Tool.log("import", "--json", "-", in: log, input: text)
        #expect(result.status == 0)
        #expect(try Self.summary(result) == Self.counts(0, written: 0))
    }

    @Test("keeps times, which never decrease, or sets the current time")
    func times() async throws {
        let text = ["2001-01-01", "2003-01-01", "2002-01-01"].map {
            #"{"topic":"t","type":"x","time":"\#($0)T00:00:00Z","data":1}"# + "\n"
        }.joined()
        let (kept, dated) = (try TemporaryLog(), try TemporaryLog())
        #expect(try await Tool.log("import", "-", in: kept, input: text).status == 0)
        #expect(try kept.eventJSON().map { $0.firstMatch(of: #/"time":"(\d+)/#)?.1 } == ["2001", "2003", "2003"])
        #expect(try await Tool.log("import", "--now", "-", in: dated, input: text).status == 0)
        #expect(try dated.eventJSON().allSatisfy { !$0.contains("\"time\":\"200") })
        // The ids are those of the lines, so that one import finds the events of the other.
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: dated, input: text))
                == Self.counts(3, written: 0, duplicates: 3))
    }

    @Test("a repeated import without ids writes events again")
    func noIDs() async throws {
        let (log, text) = (try TemporaryLog(), #"{"topic":"t","type":"x","data":1}"# + "\n")
        for _ in 0..<2 { #expect(try await Tool.log("import", "--no-ids", "-", in: log, input: text).status == 0) }
        #expect(try log.eventJSON().map { $0.contains(#""id":null"#) } == [true, true])
    }

    @Test("imports CloudEvents of other systems: subject, source and id become topic, source and id")
    func foreign() async throws {
        let log = try TemporaryLog()
        let text =
            #"{"specversion":"1.0","id":"A234-1234-1234","source":"https://example.com/shop","type":"com.example.sold","subject":"orders/1","time":"2018-04-05T17:31:00Z","comexampleextension1":"value","datacontenttype":"text/xml","data":"<a/>"}"#
            + "\n" + #"{"specversion":"1.0","id":"1","source":"/b","type":"t","subject":"s","data_base64":"AAE="}"#
            + "\n"
            + #"{"specversion":"1.0","id":"2","source":"/b","type":"t","subject":"s"}"# + "\n"
        #expect(try await Tool.log("import", "-", in: log, input: text).status == 0)
        let events = try log.eventJSON()
        #expect(
            events[0]
                == #"{"offset":1,"time":"2018-04-05T17:31:00.000000Z","topic":"orders/1","type":"com.example.sold","id":"https://example.com/shop A234-1234-1234","source":"https://example.com/shop","data":"<a/>"}"#
        )
        #expect(
            events[1].hasSuffix(#""topic":"s","type":"t","id":"/b 1","source":"/b","data":"AAE=","encoding":"base64"}"#)
        )
        #expect(events[2].hasSuffix(#""id":"/b 2","source":"/b","data":null}"#))
    }

    @Test("--topic sets the topic only of events without one")
    func otherTopic() async throws {
        let log = try TemporaryLog()
        let line = { (id: Int, subject: String) in
            #"{"specversion":"1.0","id":"\#(id)","source":"s","type":"t"\#(subject)}"# + "\n"
        }
        let long = String(repeating: "x", count: 256)
        let subjects = [
            "", #","subject":"/orders/1""#, #","subject":"orders/1""#, #","subject":null"#, #","subject":"a*""#,
            #","subject":"\#(long)""#,
            #","subject":"\u0007""#,
        ]
        let text = subjects.enumerated().map { line($0 + 1, $1) }.joined()
        let result = try await Tool.log("import", "--topic", "other", "-", in: log, input: text)
        #expect(result.status == 0, "\(result.errors)")
        let lines = #"{"topic":"t","type":"x","data":1}"# + "\n" + #"{"type":"x","data":2}"#
        #expect(try await Tool.log("import", "--topic", "named", "-", in: log, input: lines).status == 0)
        let topics = try log.eventJSON().map { try JSONValue(parsing: $0)["topic"]?.string }
        #expect(topics == ["other", "other", "orders/1", "other", "other", "other", "other", "t", "named"])
    }

    @Test("CloudEvents whose sources and ids only concatenate to the same text are different events")
    func foreignSpaces() async throws {
        let log = try TemporaryLog()
        let pairs = [("a", "b c"), ("a b", "c"), ("a", "b  c"), ("a b ", "c"), (" a", "b c"), ("a b c", " ")]
        let text = pairs.map {
            #"{"specversion":"1.0","id":"\#($0.1)","source":"\#($0.0)","type":"t","subject":"s"}"# + "\n"
        }.joined()
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: log, input: text))
                == Self.counts(6, written: 6))
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: log, input: text))
                == Self.counts(6, written: 0, duplicates: 6))
        let ids = try log.eventJSON().map { try JSONValue(parsing: $0)["id"]?.string ?? "" }
        #expect(ids[0] == "a b c" && Set(ids).count == 6)
    }

    @Test("CloudEvents whose source and id are together longer than an id get a derived id")
    func foreignLong() async throws {
        let (log, source) = (try TemporaryLog(), "https://" + String(repeating: "s", count: 240))
        let line = { (id: String) in
            #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"t","subject":"s"}"# + "\n"
        }
        let text = line("1") + line("1234567") + line("1234568") + line(String(repeating: "9", count: 300))
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: log, input: text))
                == Self.counts(4, written: 4))
        let ids = try log.eventJSON().map { try JSONValue(parsing: $0)["id"]?.string ?? "" }
        #expect(ids[0] == source + " 1")
        #expect(ids[1...].allSatisfy { $0.wholeMatch(of: #/[0-9a-f]{32}/#) != nil })
        #expect(Set(ids).count == 4)
        #expect(
            try Self.summary(try await Tool.log("import", "--json", "-", in: log, input: text))
                == Self.counts(4, written: 0, duplicates: 4))
    }

    @Test(
        "counts the events that are identified only by their line numbers",
        arguments: [1, 1000])
    func numbered(_ batch: Int) async throws {
        let log = try TemporaryLog()
        let (bare, named) = (#"{"topic":"t","type":"x","data":1}"#, #"{"topic":"t","type":"x","id":"a","data":1}"#)
        let placed = #"{"topic":"t","type":"x","offset":7,"data":1}"#
        let first = try await Tool.log(
            "import", "--json", "--batch", "\(batch)", "-", in: log,
            input: [bare, named, placed, bare].joined(separator: "\n"))
        #expect(try JSONValue(parsing: first.output)["numbered"] == 2)
        let second = try await Tool.log("import", "--batch", "\(batch)", "-", in: log, input: bare + "\n" + named)
        #expect(second.lines.contains("duplicates  2 that the log already had"), "\(second.output)")
        #expect(
            second.lines.contains("numbered    1 event without id and offset, identified by line number and content"),
            "\(second.output)")
        #expect(try await !Tool.log("import", "-", in: log, input: named).output.contains("numbered"))
    }

    @Test("creates a missing log, and reports this once")
    func makesLog() async throws {
        let (log, text) = (try TemporaryLog(), #"{"topic":"t","type":"x","data":1}"#)
        let first = try await Tool.log("import", "-", in: log, input: text)
        #expect(first.status == 0)
        #expect(first.errors == "bitacora: there was no log in \(log.directory); a new log was created\n")
        let second = try await Tool.log("import", "-", in: log, input: text)
        #expect(second.status == 0 && second.errors.isEmpty, "\(second.errors)")
    }

    @Test(
        "a file that cannot be imported leaves no new log behind",
        arguments: [
            (["missing"], 2, "missing cannot be opened"), (["bad"], 1, "bad, line 1: column 1: expected an object"),
            (["bad", "--skip-bad"], 1, "2 bad lines were skipped"),
            (["mixed"], 1, "mixed, line 2: column 1: expected an object"),
        ] as [([String], Int32, String)])
    func leavesNoLog(_ arguments: [String], _ status: Int32, _ message: String) async throws {
        let good = #"{"topic":"t","type":"x","data":1}"# + "\n"
        let (log, files) = (try TemporaryLog(), try TemporaryFiles(["bad": "x\ny\n", "mixed": good + "x\n"]))
        let result = try await Tool.run(
            ["log", "import", "--json", "--data", log.directory, files[arguments[0]]] + arguments.dropFirst())
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(!result.errors.contains("a new log was created"))
        #expect(access(log.directory, F_OK) != 0)
        if status == 1 { #expect(try JSONValue(parsing: result.output)["head"] == .null) }
    }

    @Test(
        "a new log has the batches before a bad line, and no events of an empty file",
        arguments: [("a bad line", 1), ("", 0)])
    func makesLogAnyway(_ last: String, _ count: Int) async throws {
        let log = try TemporaryLog()
        let lines = String(repeating: #"{"topic":"t","type":"x","data":1}"# + "\n", count: count)
        let result = try await Tool.log("import", "--batch", "1", "-", in: log, input: lines + last)
        #expect(result.status == (last.isEmpty ? 0 : 1))
        #expect(
            result.errors.hasPrefix("bitacora: there was no log in \(log.directory); a new log was created\n"),
            "\(result.errors)")
        #expect(try log.eventJSON().count == count)
    }

    @Test("a dry run checks everything and writes nothing")
    func dryRun() async throws {
        let log = try TemporaryLog()
        let line = #"{"topic":"t","type":"x","data":1}"#
        let result = try await Tool.log("import", "--dry-run", "--json", "-", in: log, input: line)
        #expect(result.status == 0)
        #expect(try Self.summary(result) == Self.counts(1, written: 0))
        #expect(try JSONValue(parsing: result.output)["new"] == 1)
        let people = try await Tool.log("import", "--dry-run", "-", in: log, input: line)
        for line in [
            "written     0, a dry run", "new         1 would be written",
            "log         there is no log in \(log.directory); an import would create one",
        ] {
            #expect(people.lines.contains(line), "\(people.output)")
        }
        #expect(access(log.directory, F_OK) != 0)
        let bad = try await Tool.log(
            "import", "--dry-run", "-", in: log, input: #"{"topic":"t//","type":"x","data":1}"#)
        #expect(bad.status == 1)
        #expect(bad.errors.hasPrefix("bitacora: standard input, line 1: topic has an empty level"), "\(bad.errors)")
    }

    @Test("a dry run looks up existing events")
    func dryRunOfKnown() async throws {
        let log = try await TemporaryLog.sample()
        let text = try await Tool.log("export", in: log).output
        let known = try await Tool.log("import", "--dry-run", "--json", "-", in: log, input: text)
        #expect(try Self.summary(known) == Self.counts(5, written: 0, duplicates: 5))
        let other = try await Tool.log(
            "import", "--dry-run", "-", in: log, input: #"{"topic":"t","type":"x","id":"p-1","data":1}"#)
        #expect(other.status == 1)
        #expect(
            other.errors.contains(
                "line 1: id p-1 belongs to another event, at offset 1; use a new id; all earlier lines can be imported"),
            "\(other.errors)")
    }

    @Test(
        "a dry run reports the result of the import for any batch size",
        arguments: SeededGenerator.seeds, [1, 7, 1000])
    func dryRunIsExact(_ seed: UInt64, _ batch: Int) async throws {
        var random = SeededGenerator(seed: seed)
        // Of the topics two are equal as text and differ in bytes.
        let (ids, topics, data) = (
            ["a", "b", "c", "é", "e\u{301}"], ["t", "\u{E9}", "e\u{301}"], ["1", "\"\u{E9}\"", "\"e\u{301}\""]
        )
        func line() -> String {
            let id = random.chance(2, of: 3) ? #""id":"\#(ids.randomElement(using: &random)!)","# : ""
            return
                #"{\#(id)"topic":"\#(topics.randomElement(using: &random)!)","type":"x","data":\#(data.randomElement(using: &random)!)}"#
                + "\n"
        }
        let known = line() + line()
        let lines = (0..<random.number(5...40)).map { _ in random.chance(1, of: 20) ? "nonsense\n" : line() }.joined()
        for options in [[], ["--skip-bad"]] {
            let log = try TemporaryLog()
            _ = try await Tool.log("import", "--skip-bad", "-", in: log, input: known)
            let arguments = ["log", "import", "--json", "--batch", "\(batch)", "--data", log.directory] + options
            let dry = try await Tool.run(arguments + ["--dry-run", "-"], input: lines)
            let real = try await Tool.run(arguments + ["-"], input: lines)
            #expect(dry.status == real.status, "seed \(seed): \(dry.errors) \(real.errors)")
            let (said, did) = (try JSONValue(parsing: dry.output), try JSONValue(parsing: real.output))
            for field in ["read", "new", "duplicates", "numbered", "skipped"] {
                #expect(said[field] == did[field], "seed \(seed), \(options): \(field)")
            }
            #expect(said["written"] == 0 && did["written"] == did["new"])
            #expect(Self.badLines(dry) == Self.badLines(real), "seed \(seed), \(options)")
        }
    }

    /// The lines that an import complains of, with what is wrong, but not with where the other event is.
    private static func badLines(_ result: Tool.Result) -> [String] {
        result.errors.matches(of: #/line \d+( skipped)?: (id \S+ belongs to another event|column \d+)/#).map {
            String($0.0)
        }
    }

    @Test("a dry run uses a temporary file, and reports a directory that cannot be used")
    func dryRunTable() async throws {
        let (log, files) = (try TemporaryLog(), try TemporaryFiles([:]))
        let arguments = ["log", "import", "--dry-run", "-", "--data", log.directory]
        let line = #"{"topic":"t","type":"x","data":1}"#
        #expect(try await Tool.run(arguments, input: line, environment: ["TMPDIR": files.directory]).status == 0)
        #expect(files.names.isEmpty)
        let refused = try await Tool.run(arguments, input: line, environment: ["TMPDIR": files["none"]])
        #expect(refused.status == 2)
        #expect(
            refused.errors.hasPrefix(
                "bitacora: the temporary table of ids in \(files["none"]) cannot be used: No such file or directory"),
            "\(refused.errors)")
    }

    @Test(
        "files that cannot be imported are reported in one sentence",
        arguments: [
            ("missing", nil, Int32(2), "cannot be opened: No such file or directory"),
            ("", nil, 2, "cannot be read: Is a directory"),
            ("e", "\u{1F}\u{8B}", 1, "is compressed; decompress it first"),
            ("e", "[{\"topic\":\"t\"}]", 1, "put each element of an array on a line of its own"),
        ] as [(String, String?, Int32, String)])
    func unusable(_ name: String, _ text: String?, _ status: Int32, _ message: String) async throws {
        let (log, files) = (try await TemporaryLog([]), try TemporaryFiles([:]))
        if let text { try files.write(name, bytes: text.unicodeScalars.map { UInt8($0.value) }) }
        let result = try await Tool.log("import", files[name], in: log)
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("the usage line is the one that scripts use")
    func help() async throws {
        let line = try #require(try await Tool.run(["log", "import", "--help"]).lines.first { $0.hasPrefix("USAGE:") })
        #expect(
            line
                == "USAGE: bitacora log import [--data <dir>] [--json] [--app <dir>] [--format <format>] [--topic <name>] [--batch <lines>] [--now] [--ids] [--no-ids] [--skip-bad] [--dry-run] <file>"
        )
    }

    @Test(
        "usage errors name the cause",
        arguments: [
            ([], "Missing expected argument '<file>'"), (["--batch", "0", "-"], "--batch must be 1 … 10000, not 0"),
            (["--batch", "10001", "-"], "--batch must be"),
            (["--format", "xml", "-"], "'xml' is invalid for '--format"),
            (["--topic", "/orders", "-"], "--topic '/orders' is not a topic: topic has an empty level"),
            (["--topic", "a*", "-"], "--topic 'a*' is not a topic"),
        ])
    func usage(_ arguments: [String], _ message: String) async throws {
        let result = try await Tool.run(["log", "import"] + arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
