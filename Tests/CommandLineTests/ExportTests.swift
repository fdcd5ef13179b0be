import EventLog
import Glibc
import JSON
import TestSupport
import Testing
@testable import bitacora

@Suite("bitacora log export")
struct ExportTests {
    @Test(
        "prints the event JSON of all interfaces, with and without filters",
        arguments: [
            [], ["-"], ["--topics", "products"], ["--from", "2", "--to", "4"], ["--after", "-2"], ["--limit", "2"],
        ])
    func standardOutput(_ filters: [String]) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.run(["log", "export", "--data", log.directory] + filters)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(
            result.output
                == (try await Tool.run(
                    ["log", "list", "--json", "--data", log.directory] + filters.filter { $0 != "-" }
                ).output))
        #expect(
            result.lines.count == [[]: 5, ["-"]: 5, ["--topics", "products"]: 3, ["--from", "2", "--to", "4"]: 3][
                filters] ?? 2)
    }

    @Test("writes CloudEvents with the log and the offset")
    func cloudEvents() async throws {
        let log = try await TemporaryLog.sample()
        let lines = try await Tool.log("export", "--format", "cloudevents", in: log).lines
        let id = try JSONValue(parsing: try await Tool.log("stats", "--json", in: log).output)["log"]?.string ?? "?"
        #expect(lines.count == 5)
        let first = try JSONValue(parsing: lines[0])
        #expect(first["id"] == "1")
        #expect(first["source"] == .string("bitacora:" + id))
        #expect(first["eventid"] == "p-1")
        #expect(first["data"]?["title"] == "Lamp")
        #expect(try JSONValue(parsing: lines[3])["data_base64"] == "AAECG0E=")
    }

    @Test("renames the file when it is complete, and prints a summary", arguments: EventFormat.allCases)
    func file(_ format: EventFormat) async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        let result = try await Tool.log("export", "--format", format.rawValue, "--json", files["e"], in: log)
        #expect(result.status == 0)
        #expect(files.names == ["e"])
        #expect(try files.text("e") == (try await Tool.log("export", "--format", format.rawValue, in: log).output))
        let summary = try JSONValue(parsing: result.output)
        #expect(
            summary.object?.entries.map(\.key) == [
                "file", "format", "events", "damaged", "last", "head", "bytes", "seconds",
            ])
        #expect(summary["events"] == 5)
        #expect(summary["last"] == 5)
        #expect(summary["bytes"]?.int == (try files.text("e").utf8.count))
        let people = try await Tool.log("export", "--force", "--topics", "none", files["e"], in: log)
        #expect(people.lines.contains("events  0"), "\(people.output)")
        #expect(try files.text("e").isEmpty)
    }

    @Test("replaces existing files of both names only with --force")
    func existing() async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles(["e": "mine", "p.partial": "half"]))
        let refused = try await Tool.log("export", files["e"], in: log)
        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "bitacora: \(files["e"]) already exists; choose another file, or pass --force to replace it\n")
        let partial = try await Tool.log("export", files["p"], in: log)
        #expect(partial.status == 1)
        #expect(
            partial.errors.hasPrefix(
                "bitacora: \(files["p"]).partial already exists, from an interrupted export; continue it with --resume"
            ))
        #expect(files.names == ["e", "p.partial"])
        #expect(try files.text("e") == "mine")
        #expect(try await Tool.log("export", "--force", files["e"], in: log).status == 0)
        #expect(try await Tool.log("export", "--force", files["p"], in: log).status == 0)
        #expect(files.names == ["e", "p"])
        #expect(try files.text("e") == files.text("p"))
    }

    @Test(
        "continues after the last complete line of an interrupted export",
        .disabled(if: TestEnvironment.isFastRun), arguments: EventFormat.allCases, [[], ["--topics", "products"]])
    func resume(_ format: EventFormat, _ filters: [String]) async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        let whole = try await Tool.run(
            ["log", "export", "--data", log.directory, "--format", format.rawValue] + filters
        ).output
        let bytes = Array(whole.utf8)
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        for cut in [0, 1, ends[0], ends[0] + 1, ends[0] + 2, ends[1] + 1, bytes.count - 1, bytes.count] {
            try files.write("e.partial", String(decoding: bytes[..<cut], as: UTF8.self))
            let result = try await Tool.run(
                [
                    "log", "export", "--data", log.directory, "--format", format.rawValue, "--force", "--resume",
                    files["e"],
                ] + filters)
            #expect(result.status == 0, "cut at \(cut): \(result.errors)")
            #expect(try files.text("e") == whole, "cut at \(cut)")
        }
    }

    @Test("does not continue the file of another export")
    func strangePartial() async throws {
        let (log, other, files) = (
            try await TemporaryLog.sample(), try await TemporaryLog.sample(), try TemporaryFiles([:])
        )
        let lines = try await Tool.log("export", in: other).lines
        let own = try await Tool.log("export", in: log).lines
        for (text, format, reason) in [
            (
                lines[0] + "\n", "jsonl",
                "its first line, offset 1, is not the event at that offset of the log in \(log.directory); the file belongs to another log"
            ),
            (
                own[0] + "\n" + lines[1] + "\n", "jsonl",
                "its last line, offset 2, is not the event at that offset of the log in \(log.directory)"
            ),
            (own[0] + "\n", "cloudevents", "its format is jsonl, not cloudevents; pass --format jsonl"),
            ("hello\n", "jsonl", "its first line is not an event"),
            (
                own[1] + "\n", "jsonl",
                "it begins at offset 2, and this export does not; pass the filters that the file was started with"
            ),
        ] {
            try files.write("e.partial", text)
            let result = try await Tool.log("export", "--format", format, "--resume", files["e"], in: log)
            #expect(result.status == 1)
            #expect(
                result.errors.hasPrefix("bitacora: \(files["e"]).partial cannot be continued: \(reason)"),
                "\(result.errors)")
            #expect(try files.text("e.partial") == text)
        }
        try files.write("e.partial", own[0] + "\n" + own[1] + "\n")
        let filtered = try await Tool.log("export", "--types", "product.created", "--resume", files["e"], in: log)
        #expect(filtered.errors.contains("its last line, offset 2, does not match the filters"), "\(filtered.errors)")
        try files.remove("e.partial")
        let nothing = try await Tool.log("export", "--resume", files["e"], in: log)
        #expect(nothing.status == 1)
        #expect(nothing.errors == "bitacora: there is no \(files["e"]).partial to continue; leave out --resume\n")
    }

    @Test("skips and reports a damaged event, and ends with status 1", arguments: [true, false])
    func damaged(_ toFile: Bool) async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        let before = try log.eventJSON()
        try log.damage("chatmessage.posted")
        let result = try await Tool.run(
            ["log", "export", "--data", log.directory] + (toFile ? ["--json", files["e"]] : []))
        #expect(result.status == 1)
        #expect(
            result.errors == """
                bitacora: the event at offset 2 is damaged and was skipped
                bitacora: 1 damaged event was skipped; run `bitacora log verify` to see what is wrong

                """)
        let text = toFile ? try files.text("e") : result.output
        #expect(text == ([before[0]] + before[2...]).map { $0 + "\n" }.joined())
        if toFile { #expect(try JSONValue(parsing: result.output)["damaged"] == 1) }
    }

    @Test(
        "a continued export reports earlier damage again, and the summary covers the whole file",
        arguments: EventFormat.allCases, [1, 3, 4])
    func resumeWithDamage(_ format: EventFormat, _ lines: Int) async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        try log.damage("chatmessage.posted")
        let whole = try await Tool.log("export", "--format", format.rawValue, in: log)
        try files.write("e.partial", whole.lines[..<lines].map { $0 + "\n" }.joined())
        let result = try await Tool.log(
            "export", "--format", format.rawValue, "--resume", "--json", files["e"], in: log)
        #expect(result.status == 1)
        #expect(
            result.errors == """
                bitacora: the event at offset 2 is damaged and was skipped
                bitacora: 1 damaged event was skipped; run `bitacora log verify` to see what is wrong

                """)
        #expect(try files.text("e") == whole.output)
        let summary = try JSONValue(parsing: result.output)
        #expect([summary["events"], summary["damaged"], summary["last"]] == [4, 1, 5])
    }

    @Test("does not continue a file with a missing or an additional line")
    func resumeWithGap() async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        let own = try await Tool.log("export", in: log).lines
        try files.write("e.partial", [own[0], own[2]].map { $0 + "\n" }.joined())
        let gap = try await Tool.log("export", "--resume", files["e"], in: log)
        #expect(gap.status == 1)
        #expect(
            gap.errors.contains(
                "up to offset 3 it has 2 events, and this export has 3; pass the filters that the file was started with"
            ),
            "\(gap.errors)")
        try files.write("e.partial", own[..<3].map { $0 + "\n" }.joined())
        let filtered = try await Tool.log("export", "--topics", "products", "--resume", files["e"], in: log)
        #expect(filtered.errors.contains("up to offset 3 it has 3 events, and this export has 2"), "\(filtered.errors)")
    }

    @Test(
        "reports that the first event of the file was removed from the log"
    )
    func resumeAfterTrim() async throws {
        let (log, files) = (try await TemporaryLog.sample(), try TemporaryFiles([:]))
        try files.write("e.partial", try await Tool.log("export", in: log).lines[..<2].map { $0 + "\n" }.joined())
        try await log.trim(before: 4)
        let result = try await Tool.log("export", "--resume", files["e"], in: log)
        #expect(result.status == 1)
        #expect(
            result.errors
                == "bitacora: \(files["e"]).partial cannot be continued: the event of its first line, offset 1, was removed from the log, "
                + "which begins at offset 4; rename the file to keep its events, or start again with --force\n")
    }

    @Test(
        "usage errors name the cause",
        arguments: [
            (["--force"], "--force needs a FILE"), (["--resume"], "--resume needs a FILE"),
            (["--json"], "--json needs a FILE"), (["--force", "-"], "--force needs a FILE"),
            (["--resume", "--limit", "3", "x"], "--resume cannot be combined with --limit or --last"),
            (["--resume", "--last", "3", "x"], "--limit or --last; use --from and --to instead"),
            (["--format", "csv", "x"], "'csv' is invalid for '--format"),
            (["--resume", "--since", "4s", "x"], "with --resume, --since must be a time such as"),
            (["--resume", "--until", "4s", "x"], "with --resume, --until must be a time such as"),
            (["--resume", "--after", "-3", "x"], "with --resume, --after must be an offset"),
        ])
    func usage(_ arguments: [String], _ message: String) async throws {
        let result = try await Tool.run(["log", "export"] + arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test("the options are those that scripts use, with the filters of all readers")
    func help() async throws {
        let help = try await Tool.run(["log", "export", "--help"]).output
        #expect(help.contains("USAGE: bitacora log export [<options>] [<file>]\n"))
        for option in [
            "--format <format>", "--force", "--resume", "--topic, --topics", "--to <offset>", "--limit <count>",
        ] {
            #expect(help.contains("\n  \(option) "), "\(option)")
        }
    }

    @Test("a file that cannot be created is an error", arguments: ["/nowhere/e", "/proc/e"])
    func unusable(_ path: String) async throws {
        let log = try await TemporaryLog.sample()
        let result = try await Tool.log("export", path, in: log)
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("bitacora: \(path).partial cannot be opened: "), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}

extension TemporaryLog {
    /// Breaks the lengths of every record whose names begin with `names`, wherever the file has a copy.
    func damage(_ names: String) throws {
        let descriptor = open(directory + "/data.mdb", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { throw SystemError(call: "pread") }
        let (wanted, length) = (Array(names.utf8), [UInt8](repeating: 0x7F, count: 4))
        // The length of the data is 12 bytes before the names: bytes 24 to 27 of a header of 36.
        for place in 36...bytes.count - wanted.count where bytes[place..<place + wanted.count].elementsEqual(wanted) {
            pwrite(descriptor, length, length.count, off_t(place - 12))
        }
    }
}
