import Testing

@Suite("BITACORA_DATA")
struct DataDirectoryTests {
    @Test("names the log of commands without --data", arguments: ["", "/", "//"])
    func names(_ slashes: String) async throws {
        let (log, other) = (try await TemporaryLog.sample(), try await TemporaryLog([]))
        let environment = ["BITACORA_DATA": log.directory + slashes]
        #expect(try await Tool.run(["log", "list", "--json"], environment: environment).lines.count == 5)
        #expect(
            try await Tool.run(["log", "append", "--topic", "t", "--type", "x", "1"], environment: environment).output
                == "6\n")
        for data in [["--data", other.directory], ["--data=\(other.directory)"]] {
            let result = try await Tool.run(["log", "list", "--json"] + data, environment: environment)
            #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
        }
    }

    @Test(
        "is named only in errors about its directory",
        arguments: ["list", "stats", "trim --before 2", "compact --yes"])
    func errors(_ command: String) async throws {
        let (log, other) = (try TemporaryLog(), try TemporaryLog())
        let (arguments, environment) = (
            ["log"] + command.split(separator: " ").map(String.init), ["BITACORA_DATA": log.directory]
        )
        let result = try await Tool.run(arguments, environment: environment)
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("bitacora: there is no log in \(log.directory);"), "\(result.errors)")
        #expect(result.errors.hasSuffix(" (from BITACORA_DATA)\n"), "\(result.errors)")
        let given = try await Tool.run(arguments + ["--data", other.directory], environment: environment)
        #expect(given.errors.hasPrefix("bitacora: there is no log in \(other.directory);"), "\(given.errors)")
        #expect(!given.errors.contains("BITACORA_DATA"))
    }

    @Test("is shown as the default in help texts", arguments: [["log", "list"], ["log", "import"], ["serve"]])
    func help(_ command: [String]) async throws {
        let help = try await Tool.run(command + ["--help"], environment: ["BITACORA_DATA": "/srv/log"]).output
        #expect(
            help.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(
                "(default: /srv/log, from BITACORA_DATA)"), "\(help)")
    }
}
