import Glibc
import Testing

@Suite("command line")
struct UsageTests {
    /// Runs the tool with arguments that it refuses; its standard error.
    private func refusal(of arguments: [String]) async throws -> String {
        let result = try await Tool.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: "), "\(result.errors)")
        return result.errors
    }

    @Test(
        "usage errors end with status 64 and name the cause",
        arguments: [
            (["log", "list", "--after", "yesterday"], "The value 'yesterday' is invalid for '--after"),
            (["log", "list", "--since", "noon"], "The value 'noon' is invalid for '--since"),
            (["log", "list", "--from", "-1"], "--from"),
            (["log", "list", "--from", "3", "--to", "2"], "--from 3 is beyond --to 2"),
            (["log", "list", "--limit", "0"], "--limit must be 1 or more, not 0"),
            (["log", "list", "--topics", "a*"], "--topic 'a*' is not a topic or pattern"),
            (["log", "list", "--topic", "a//b"], #"a comma in a name is written \,"#),
            (
                ["log", "tail", "--types", "product.*"],
                "--type 'product.*' contains '*', and only topics can be patterns; write each type in full"
            ),
            (["log", "list", "--type", "a\u{7F}"], "contains a control character, which no type has"),
            (
                ["log", "list", "--type", String(repeating: "t", count: 128)],
                "is 128 bytes long, and a type has at most 127"
            ),
            (["log", "list", "--topic", ""], "--topic '' contains no value; write it like --topic products,chat"),
            (["log", "list", "--source", ",,"], "--source ',,' contains no value"),
            (["log", "list", "--last", "0"], "--last must be 1 or more, not 0"),
            (["log", "list", "--until", "3y"], "seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w"),
            (["log", "list", "--after", "1h"], "write an offset, logid:offset, start, live or -N"),
            (["log", "list", "--since", "1h", "--until", "2h"], "is not before --until"),
            (["log", "list", "--id", ""], "--id '' is not an id; an id has 1 to 255 bytes"),
            (["log", "list", "--grep", ""], "--grep '' matches every event"),
            (
                ["log", "list", "--source", (1...65).map(String.init).joined(separator: ",")],
                "--source has 65 values; the limit is 64"
            ),
            (
                ["log", "list", "--field", "price>3"],
                "'price' is not a field; a field is topic, type, source, id, offset or time, or begins with data, such as data.price"
            ),
            (["log", "list", "--field", "data.price==3"], "equality is written with one '=': data.price=3"),
            (["log", "list", "--field", "data.price===3"], "equality is written with one '=': data.price=3"),
            (
                ["log", "list", "--field", "data.price>>1"],
                "'>>' is not an operator; the operators are = != > >= < <= and ~"
            ),
            (
                ["log", "list", "--field", "data.price >= =1"],
                "a value that begins with one of them must be in quotes: data.price>=\"=1\""
            ),
            (["log", "list", "--field", "data.price=>1"], "'=>' is not an operator"),
            (["log", "list", "--field", "data.price<>1"], "'<>' is not an operator"),
            (["log", "list", "--field", "topic~=a"], "'~=' is not an operator"),
            (["log", "list", "--field", "data.price!==1"], "'!==' is not an operator"),
            (["log", "list", "--field", "data.price>"], "the value after '>' is missing"),
            (["log", "list", "--field", "data..price"], "'data..price' has an empty name"),
            (["log", "list", "--field", "data.price!3"], "'data.price!3' contains '!'; the operators are"),
            (
                ["log", "list", "--field", "data.name=\"Ada"],
                "the value \"Ada begins with a quote and is not a JSON string"
            ),
            (["log", "list", "--field", "data.\"a"], "a quote is not closed"),
            (["log", "list", "--field", "offset>x"], "an offset is compared with a whole number, not 'x'"),
            (["log", "list", "--field", "time<soon"], "a time is compared with a time such as"),
            (
                ["log", "list", "--field", "data" + String(repeating: ".a", count: 65)],
                "a path has at most 64 names below data"
            ),
            (["log", "tail", "--lines", "1", "--last", "1"], "--lines and --last mean the same"),
            (["log", "grep", ""], "the text to search for is empty"),
            (["log", "grep"], "Missing expected argument '<text>'"),
            (["log", "histogram"], "Missing expected argument '--by <key>'"),
            (
                ["log", "histogram", "--by", "week"],
                "Please provide one of the following:\n  - minute\n  - hour\n  - day\n  - type\n  - topic\n  - source\n"
            ),
            (["log", "state"], "Missing expected argument '<name>'"),
            (["log", "state", "marketplace", "--at", "then"], "write an offset such as 17, a time"),
            (["log", "diff", "1"], "Missing expected argument '<b>'"),
            (["completions", "tcsh"], "Please provide one of 'bash', 'zsh' or 'fish'"),
            (["log", "tail", "--lines", "-1"], "--lines"), (["log", "show"], "Missing expected argument '<offset>'"),
            (["log", "show", "one"], "The value 'one' is invalid for '<offset>'"),
            (["log", "append", "1"], "Missing expected argument '--topic <topic>'"),
            (["log", "peel"], "Unknown command 'peel' after 'bitacora log'. The commands are list, tail, grep, "),
            (["log", "list", "--color"], "Unknown option '--color'"),
        ] as [([String], String)])
    func usage(_ arguments: [String], _ message: String) async throws {
        let errors = try await refusal(of: arguments)
        #expect(errors.contains(message), "\(errors)")
    }

    @Test(
        "a misspelt command or option is reported with a suggestion, for any following words",
        arguments: [
            (["log", "lst", "--data", "x"], "Unknown command 'lst' after 'bitacora log'. Did you mean 'list'?"),
            (["log", "ls"], "Unknown command 'ls' after 'bitacora log'. Did you mean 'list'?"),
            (["log", "hist", "--by", "day"], "Unknown command 'hist' after 'bitacora log'. Did you mean 'histogram'?"),
            (["log", "lsit", "--help"], "Unknown command 'lsit' after 'bitacora log'. Did you mean 'list'?"),
            (["lgo", "list", "--json"], "Unknown command 'lgo' after 'bitacora'. Did you mean 'log'?"),
            (["sevre", "--port", "1"], "Unknown command 'sevre' after 'bitacora'. Did you mean 'serve'?"),
            (["views", "chekc", "Views"], "Unknown command 'chekc' after 'bitacora views'. Did you mean 'check'?"),
            (
                ["app", "serve", "shop"],
                "Unknown command 'serve' after 'bitacora app'. Did you mean 'bitacora serve --app DIR'?"
            ),
            (["help", "log", "lst"], "Unknown command 'lst' after 'bitacora log'. Did you mean 'list'?"),
            (["log", ""], "Unknown command '' after 'bitacora log'. The commands are list, "),
            (
                ["log", "append", "--topik", "chat", "--type", "x", "1"],
                "Unknown option '--topik'. Did you mean '--topic'?"
            ),
            (["log", "histogram", "--bye=day"], "Unknown option '--bye'. Did you mean '--by'?"),
            (["log", "show", "--jsno", "one"], "Unknown option '--jsno'. Did you mean '--json'?"),
            (["log", "list", "--grep", "--typo", "--revers"], "Unknown option '--revers'. Did you mean '--reverse'?"),
            (["serve", "--prot", "http"], "Unknown option '--prot'. Did you mean '--port'?"),
        ] as [([String], String)])
    func misspelt(_ arguments: [String], _ message: String) async throws {
        let errors = try await refusal(of: arguments)
        #expect(errors.hasPrefix("bitacora: \(message)"), "\(errors)")
        #expect(errors.contains("--help' for more information."), "\(errors)")
    }

    @Test(
        "a value may look like an option, and words after -- are data",
        arguments: [
            ["log", "list", "--grep", "--typo", "--limit", "0"], ["log", "append", "--topic", "t", "--", "--typo"],
        ])
    func values(_ arguments: [String]) async throws {
        let result = try await Tool.run(arguments)
        #expect(result.status == 64)
        #expect(!result.errors.contains("Unknown option"), "\(result.errors)")
    }

    @Test(
        "a missing log is reported in one sentence with status 2",
        arguments: [
            ["list"], ["tail", "--follow"], ["show", "1"], ["stats"], ["topics"], ["grep", "x"],
            ["histogram", "--by", "day"],
            ["state", "marketplace"], ["diff", "1", "2"], ["readers"], ["verify"], ["trim", "--before", "2"],
            ["repair", "--yes"],
            ["backup", "/tmp/none"], ["compact", "--yes"], ["append", "--topic", "t", "--type", "x"],
        ])
    func missingLog(_ arguments: [String]) async throws {
        let log = try TemporaryLog()
        let result = try await Tool.run(["log"] + arguments + ["--data", log.directory])
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("bitacora: there is no log in \(log.directory)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("a file that is not a log is reported as such", arguments: ["list", "verify", "append --topic t --type x 1"])
    func notALog(_ command: String) async throws {
        let log = try TemporaryLog()
        mkdir(log.directory, 0o755)
        let file = open(log.directory + "/data.mdb", O_WRONLY | O_CREAT, 0o644)
        let noise = [UInt8](repeating: 7, count: 40_000)
        #expect(write(file, noise, noise.count) == noise.count)
        close(file)
        let result = try await Tool.run(
            ["log"] + command.split(separator: " ").map(String.init) + ["--data", log.directory])
        #expect(result.status == 2)
        #expect(
            result.errors.hasPrefix("bitacora: \(log.directory)/data.mdb is not a Bitácora log"), "\(result.errors)")
    }

    @Test("output that cannot be written is an error")
    func fullDisk() async throws {
        let log = try await TemporaryLog.sample()
        let (full, errors) = (open("/dev/full", O_WRONLY | O_CLOEXEC), try NamelessFile())
        defer { close(full) }
        let process = try Tool.spawn(["log", "list", "--data", log.directory], [:], [full, full, errors.descriptor])
        #expect(await Tool.wait(for: process) == 2)
        #expect(errors.text == "bitacora: standard output cannot be written: No space left on device\n")
    }
}

@Suite("help")
struct HelpTests {
    private static let commands = [
        "list", "tail", "grep", "show", "histogram", "topics", "state", "diff", "stats", "readers", "append", "export",
        "import", "verify",
        "repair", "backup", "restore", "trim", "compact",
    ]

    @Test("the help of every subcommand has an example", arguments: commands)
    func example(_ command: String) async throws {
        let result = try await Tool.run(["log", command, "--help"])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("Example: bitacora log \(command)"))
        #expect(
            result.output.description(at: "\n  --data <dir>")
                == "The directory of the log. (default: Data/log, or the value of BITACORA_DATA)")
        #expect(result.output.contains("--json                  Print one JSON object a line."))
    }

    @Test(
        "usage lines are those that scripts use",
        arguments: [
            ("show", "<offset>"), ("stats", ""), ("topics", "[--sort <order>]"), ("verify", "[--app <dir>]"),
            ("state", "[--app <dir>] [--at <offset|time>] <name>"),
            ("diff", "[--app <dir>] [--projection <name>] <a> <b>"), ("readers", "[--clear]"),
            (
                "append",
                "[--app <dir>] --topic <topic> --type <type> [--id <id>] [--source <source>] [--expected-offset <offset>] [--bytes] [--create] [<data>]"
            ),
        ])
    func usage(_ command: String, _ options: String) async throws {
        let help = try await Tool.run(["log", command, "--help"]).output
        let line = try #require(help.split(separator: "\n").first { $0.hasPrefix("USAGE:") })
        #expect(
            line == "USAGE: bitacora log \(command) [--data <dir>] [--json]" + (options.isEmpty ? "" : " " + options))
    }

    @Test(
        "all commands that select events have the same filters",
        arguments: [
            ("list", "<options>", ["--reverse"]), ("tail", "<options>", ["-f, --follow", "-n, --lines <count>"]),
            ("grep", "[<options>] <text>", ["-c, --count", "--reverse"]),
            ("histogram", "[<options>] --by <key>", ["--by <key>"]),
        ] as [(String, String, [String])])
    func filters(_ command: String, _ usage: String, _ own: [String]) async throws {
        let lines = try await Tool.run(["log", command, "--help"]).output.split(separator: "\n")
        #expect(lines.contains("USAGE: bitacora log \(command) \(usage)"))
        let options = lines.filter { $0.hasPrefix("  -") }.map { line in
            let option = line.dropFirst(2)
            return option.firstRange(of: "  ").map { String(option[..<$0.lowerBound]) } ?? String(option)
        }
        #expect(
            options == [
                "--from <offset>", "--to <offset>", "--since <time>", "--until <time>", "--after <position>",
                "--last <count>", "--limit <count>",
                "--topic, --topics <patterns>",
                "--type, --types <types> Only these types, separated by commas; '\\,' stands for a comma in a name.",
                "--source, --sources <sources>", "--id <id>", "--grep <text>", "-i, --ignore-case", "--field <test>",
                "--data <dir>", "--json",
            ] + own + ["--version", "-h, --help"])
    }

    @Test(
        "the exit statuses are listed",
        arguments: [
            ["--help"], ["log", "--help"], ["log"], ["help", "log"], ["render", "--help"],
            ["views", "check", "--help"], ["app", "--help"], ["app", "check", "--help"],
        ])
    func statuses(_ arguments: [String]) async throws {
        let result = try await Tool.run(arguments)
        #expect(result.status == 0)
        #expect(
            result.output.contains(
                """
                Exit status:
                  0   success
                  1   negative result: problems or errors found, no such event, or an append was refused
                  2   the log, a file or the server cannot be used
                  64  usage error
                """))
        for command in Self.commands where arguments.contains("log") {
            #expect(result.output.contains("\n  \(command) "))
        }
    }
}

extension String {
    /// What is said from `beginning` to the next option, on one line.
    fileprivate func description(at beginning: String) -> String? {
        guard let start = firstRange(of: beginning)?.upperBound else { return nil }
        let rest = self[start...]
        return rest[..<(rest.firstRange(of: "\n  -")?.lowerBound ?? rest.endIndex)].split(
            whereSeparator: \.isWhitespace
        ).joined(separator: " ")
    }
}
