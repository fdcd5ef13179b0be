import EventLog
import Glibc
import JSON
import Testing

@Suite("bitacora log trim, repair, backup, restore, compact")
struct MaintenanceTests {
    private static func large() async throws -> TemporaryLog {
        let log = try TemporaryLog()
        try await log.append(
            (1...40).map {
                NewEvent(topic: "t/\($0 % 4)", type: "t.\($0 % 2)", id: "\($0)", data: TemporaryLog.json("\($0)"))
            })
        return log
    }

    @Test(
        "without --yes and a terminal nothing is done, and the action is printed",
        arguments: [
            (["trim", "--before", "11"], "this permanently removes 10 events, offsets 1 to 10, from the log in"),
            (["repair"], "this rebuilds the indexes of the log in"),
            (["compact"], "this rewrites the file of the log in"),
        ])
    func asks(arguments: [String], message: String) async throws {
        let log = try await Self.large()
        let before = try log.eventJSON()
        let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: \(message)"), "\(result.errors)")
        #expect(
            result.errors.hasSuffix(
                "Nothing was done, because standard input and standard error are not both terminals; pass --yes to confirm\n"
            ))
        #expect(try log.eventJSON() == before)
    }

    @Test("no confirmation is requested when standard error is not a terminal")
    func hiddenQuestion() async throws {
        let (log, terminal) = (try await Self.large(), try PseudoTerminal(width: 200))
        let (output, errors) = (try NamelessFile(), try NamelessFile())
        terminal.type("yes\n")
        let process = try Tool.spawn(
            ["log", "trim", "--before", "11", "--data", log.directory], [:],
            [terminal.slave, output.descriptor, errors.descriptor])
        #expect(await Tool.wait(for: process) == 1)
        #expect(errors.text.hasSuffix("pass --yes to confirm\n"), "\(errors.text)")
        #expect(try log.eventJSON().count == 40)
    }

    @Test(
        "on a terminal a confirmation is requested, and only yes confirms",
        arguments: [
            ("yes\n", true), (" yes \n", true), ("y\n", false), ("no\n", false), ("\n", false), ("yes please\n", false),
            ("\u{4}", false),
        ])
    func question(_ answer: String, _ isLeave: Bool) async throws {
        let (log, terminal) = (try await Self.large(), try PseudoTerminal(width: 200))
        let output = try NamelessFile()
        terminal.type(answer)
        let process = try Tool.spawn(
            ["log", "trim", "--before", "11", "--data", log.directory], [:],
            [terminal.slave, output.descriptor, terminal.slave])
        #expect(await Tool.wait(for: process) == (isLeave ? 0 : 1))
        let shown = terminal.written()
        #expect(
            shown.contains(
                "bitacora: this permanently removes 10 events, offsets 1 to 10, from the log in \(log.directory). Type yes to confirm: "
            ),
            "\(shown)")
        #expect(shown.contains("bitacora: nothing was done, because the answer was not yes") == !isLeave, "\(shown)")
        #expect(try log.eventJSON().count == (isLeave ? 30 : 40))
    }

    @Test("a restore over a log also needs --yes or a terminal")
    func asksToRestore() async throws {
        let (log, files) = (try await Self.large(), try TemporaryFiles([:]))
        #expect(try await Tool.log("backup", files["b"], in: log).status == 0)
        let result = try await Tool.log("restore", files["b"], in: log)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(
            result.errors.hasPrefix(
                "bitacora: this restores the backup in \(files["b"]) to \(log.directory) and renames"),
            "\(result.errors)")
        #expect(result.errors.hasSuffix("pass --yes to confirm\n"))
    }

    @Test(
        "a directory that is not a backup is rejected before the confirmation",
        arguments: [
            ("none", "it does not exist"),
            ("events.jsonl", "it is not a directory (`bitacora log import` reads a file of events)"),
            ("events.jsonl/b", "it does not exist"), ("folder", "it has no data.mdb"),
            ("empty", "its data.mdb is empty"),
            ("odd", "its data.mdb is not a file"),
        ])
    func noBackup(_ name: String, _ reason: String) async throws {
        let log = try await Self.large()
        let files = try TemporaryFiles([
            "events.jsonl": "{}", "folder/notes": "", "empty/data.mdb": "", "odd/data.mdb/x": "",
        ])
        for directory in [log.directory, files["new"]] {
            let result = try await Tool.run(["log", "restore", files[name], "--data", directory])
            #expect(result.status == 2 && result.output.isEmpty)
            #expect(
                result.errors
                    == "bitacora: \(files[name]) is not a backup: \(reason); name a directory that `bitacora log backup` made\n"
            )
        }
        #expect(try log.eventJSON().count == 40)
        #expect(!files.names.contains("new"))
    }

    @Test("a file that is not a log is reported with the name of the backup")
    func unsoundBackup() async throws {
        let files = try TemporaryFiles(["b/data.mdb": String(repeating: "no log ", count: 2000)])
        let result = try await Tool.run(["log", "restore", files["b"], "--data", files["new"]])
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix(
                "bitacora: \(files["b"]) is not a sound backup: its data.mdb is damaged or is not the file of a log, page 0: "
            ))
        #expect(files.names == ["b"])
    }

    @Test("a restore to a directory without a log needs no confirmation")
    func restoresElsewhere() async throws {
        let (log, files) = (try await Self.large(), try TemporaryFiles([:]))
        #expect(try await Tool.log("backup", files["b"], in: log).status == 0)
        let result = try await Tool.run(["log", "restore", files["b"], "--data", files["new"]])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try await Tool.run(["log", "list", "--json", "--data", files["new"]]).lines == log.eventJSON())
    }

    @Test("trims before an offset, a time or an age, and prints the remaining range", arguments: ["11", "time", "1w"])
    func trims(before: String) async throws {
        let log = try await Self.large()
        let events = try log.eventJSON()
        let time = try JSONValue(parsing: events[10])["time"]?.string ?? ""
        let result = try await Tool.log(
            "trim", "--yes", "--json", "--before", before == "time" ? time : before, in: log)
        if before == "1w" {
            #expect(
                result.status == 1
                    && result.errors.contains(
                        "there is no event before offset 1 to remove; the log has offsets 1 to 40, and the event at the head is always kept"
                    ))
        } else {
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == #"{"removed":10,"first":11,"head":40}"# + "\n")
            #expect(try log.eventJSON() == Array(events.dropFirst(10)))
            #expect(try await Tool.log("verify", in: log).status == 0)
            #expect(try await Tool.log("stats", in: log).lines.contains("events     30, offsets 11 to 40"))
        }
    }

    @Test("reading from a removed event begins at the first kept event")
    func readsTrimmed() async throws {
        let log = try await Self.large()
        _ = try await Tool.log("trim", "--yes", "--before", "31", in: log)
        for arguments in [["--from", "1"], ["--from", "31"], ["--after", "0"], ["--topics", "t/*"], []] {
            let result = try await Tool.run(["log", "list", "--json", "--data", log.directory] + arguments)
            #expect(result.status == 0 && result.lines.count == 10, "\(arguments) \(result.errors)")
        }
        let show = try await Tool.log("show", "30", in: log)
        #expect(
            show.status == 1
                && show.errors == "bitacora: there is no event at offset 30; the log has offsets 31 to 40\n")
    }

    @Test("a restored backup has its events, and the replaced log is kept")
    func restores() async throws {
        let log = try await Self.large()
        let events = try log.eventJSON()
        let backup = log.directory + "-backup"
        defer { for path in [backup, backup + "/data.mdb"].reversed() { remove(path) } }
        let made = try await Tool.log("backup", backup, in: log)
        #expect(made.status == 0 && made.output.hasPrefix("40 events up to offset 40, "), "\(made.errors)")
        let again = try await Tool.log("backup", backup, in: log)
        #expect(again.status == 2 && again.errors == "bitacora: \(backup) already exists; name a new directory\n")
        try await log.append([NewEvent(topic: "late", type: "t.t", data: TemporaryLog.json("1"))])
        let result = try await Tool.log("restore", backup, "--yes", "--json", in: log)
        #expect(result.status == 0, "\(result.errors)")
        let replaced = try #require(try JSONValue(parsing: result.output)["replaced"]?.string)
        defer { for name in ["/data.mdb", "/lock.mdb", "/writer.lock", ""] { remove(replaced + name) } }
        #expect(try log.eventJSON() == events)
        let old = try await Tool.run(["log", "list", "--json", "--data", replaced])
        #expect(old.lines.count == 41)
        #expect(try await Tool.log("verify", in: log).status == 0)
    }

    @Test("accepts names with slashes at the end, and removes files of killed attempts")
    func restoresBySlashes() async throws {
        let (log, files) = (
            try await Self.large(),
            try TemporaryFiles(["log.partial/data.mdb": "half", "log.restored/data.mdb": "mine"])
        )
        #expect(try await Tool.log("backup", files["b"] + "//", in: log).status == 0)
        #expect(
            try await Tool.run(["log", "restore", files["b"] + "/", "--yes", "--data", files["log"] + "/"]).status == 0)
        try files.write("log.partial/data.mdb", "half")
        let result = try await Tool.run([
            "log", "restore", files["b"], "--yes", "--json", "--data", files["log"] + "//",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let replaced = try #require(try JSONValue(parsing: result.output)["replaced"]?.string)
        #expect(replaced.hasPrefix(files["log"] + ".replaced-"))
        #expect(files.names == ["b", "log", String(replaced.dropFirst(files.directory.count + 1)), "log.restored"])
        #expect(try files.text("log.restored/data.mdb") == "mine")
        for directory in [files["log"], replaced] {
            #expect(try await Tool.run(["log", "list", "--json", "--data", directory]).lines.count == 40)
        }
    }

    @Test("a log with a running writer is not replaced")
    func restoresBesideWriter() async throws {
        let (log, files) = (try await Self.large(), try TemporaryFiles([:]))
        #expect(try await Tool.log("backup", files["b"], in: log).status == 0)
        let writer = try EventLog(directory: log.directory)
        defer { Tool.whileNothingIsSpawned { writer.close() } }
        let result = try await Tool.log("restore", files["b"], "--yes", in: log)
        #expect(
            result.status == 2 && result.errors.contains("is being written by process \(getpid())"), "\(result.errors)")
        #expect(access(log.directory + ".partial", F_OK) != 0)
        #expect(writer.head == 40)
    }

    @Test("compacts a log unless another process has it open")
    func compacts() async throws {
        let log = try await Self.large()
        let tail = try RunningTool(["log", "tail", "--follow", "--data", log.directory])
        while let line = try tail.line(), !line.hasPrefix("    40") {}
        let refused = try await Tool.log("compact", "--yes", in: log)
        #expect(refused.status == 2)
        #expect(
            refused.errors.hasPrefix("bitacora: the log in \(log.directory) is open in process "), "\(refused.errors)")
        tail.send(SIGTERM)
        _ = await tail.status()
        let events = try log.eventJSON()
        let result = try await Tool.log("compact", "--yes", "--json", in: log)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try JSONValue(parsing: result.output).object?.entries.map(\.key) == ["before", "after"])
        #expect(try log.eventJSON() == events)
    }

    @Test("repairs a log unless another process writes it")
    func repairs() async throws {
        let log = try await Self.large()
        let result = try await Tool.log("repair", "--yes", in: log)
        #expect(result.status == 0 && result.output == "40 events indexed\n", "\(result.errors)")
        let writer = try EventLog(directory: log.directory)
        defer { Tool.whileNothingIsSpawned { writer.close() } }
        let refused = try await Tool.log("repair", "--yes", in: log)
        #expect(
            refused.status == 2 && refused.errors.contains("is being written by process \(getpid())"),
            "\(refused.errors)")
    }

    @Test("ages and sizes are parsed")
    func usage() async throws {
        for (arguments, message) in [
            (["serve", "--keep-age", "soon"], "'soon' is not an age; write a number and s, m, h, d or w"),
            (["serve", "--keep-age", "99999999999w"], "is not an age"),
            (["serve", "--keep-events", "0"], "--keep-events must be 1 or more, not 0"),
            (["serve", "--keep-bytes", "much"], "'much' is not a size"),
            (["serve", "--keep-bytes", "0MB"], "is not a size"),
            (["log", "trim", "--before", "noon"], "write an offset such as 17, a time such as 2026-01-02T03:04:05Z"),
            (["log", "trim"], "Missing expected argument '--before"),
            (["log", "backup"], "Missing expected argument '<directory>'"),
        ] {
            let result = try await Tool.run(arguments)
            #expect(result.status == 64 && result.errors.contains(message), "\(arguments) \(result.errors)")
        }
    }
}
