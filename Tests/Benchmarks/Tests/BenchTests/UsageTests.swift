import Testing

@Suite("usage of the benchmarks")
struct UsageTests {
    @Test(
        "wrong options are rejected with the allowed range",
        arguments: [
            (["fanout", "--socketio", "--polling", "0"], "--polling must be 1 … 5000, not 0"),
            (["fanout", "--connections", "20001"], "--connections must be 1 … 20000, not 20001"),
            (["fanout", "--events", "3999"], "--events must be 4000 … 100000000, not 3999"),
            (["replay", "--socketio", "--sockets", "0"], "--sockets must be 1 … 10000, not 0"),
            (["render", "--seconds", "0"], "--seconds must be 0.1 … 600"),
            (["render", "--peer", "node"], "--peer takes NAME=COMMAND, not 'node'"),
            (["append", "--socketio"], "Unknown option '--socketio'"),
        ] as [([String], String)])
    func usage(_ arguments: [String], _ message: String) async throws {
        let result = try await Bench.run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test("a server that does not exist is reported", arguments: ["replay", "fanout"])
    func server(_ command: String) async throws {
        let result = try await Bench.run([command, "--server", "/nowhere/bitacora", "--events", "4000"])
        #expect(result.status == 2)
        #expect(
            result.errors
                == "bench: there is no executable /nowhere/bitacora; run swift build -c release, or pass --server\n")
    }

    @Test(
        "usage lines are as scripts know them",
        arguments: [
            ("append", "[--seconds <seconds>] [--producers <producers>]"),
            (
                "replay",
                "[--socketio] [--views <dir>] [--server <file>] [--events <events>] [--sockets <sockets>]"
            ),
            // Too many options for one line.
            ("fanout", nil),
        ] as [(String, String?)])
    func usageLine(_ command: String, _ options: String?) async throws {
        let help = try await Bench.run([command, "--help"]).output
        let line = try #require(help.split(separator: "\n").first { $0.hasPrefix("USAGE:") })
        let expected = options.map { "[--in <dir>] [--size <size>] [--json] \($0)" } ?? "<options>"
        #expect(line == "USAGE: bench \(command) \(expected)")
        #expect(help.contains("Example: bench \(command)"))
        #expect(help.contains("\n  --socketio ") == (command != "append"))
    }

    @Test(
        "the help of fanout names the default amounts",
        arguments: [
            ("sockets", 1000), ("burst", 200), ("rounds", 20), ("events", 1_000_000), ("connections", 5000),
            ("settle", 2), ("polling", 100), ("trips", 200),
        ])
    func fanoutHelp(_ option: String, _ number: Int) async throws {
        let help = try await Bench.run(["fanout", "--help"]).output
        let start = try #require(help.firstRange(of: "\n  --\(option) <\(option)>")).upperBound
        let end = help[start...].firstRange(of: "\n  -")?.lowerBound ?? help.endIndex
        #expect(help[start..<end].contains("(default: \(number))"))
    }
}
