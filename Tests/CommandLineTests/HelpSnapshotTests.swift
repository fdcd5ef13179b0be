import ArgumentParser
import Foundation
import Testing

@testable import bitacora

/// Holds the help of each command to a snapshot, so that a change of a help text is a change of `Help.txt`.
///
/// Write the snapshot again with `BITACORA_RECORD_HELP=1 swift test --filter HelpSnapshotTests`.
@Suite("help snapshot")
struct HelpSnapshotTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Help.txt")
    private static let isRecording = ProcessInfo.processInfo.environment["BITACORA_RECORD_HELP"] != nil

    /// The names of all commands, such as `["log", "list"]`; the program itself has no name.
    private static let commands: [[String]] = names(of: Bitacora.self)

    private static func names(of command: any ParsableCommand.Type) -> [[String]] {
        [[]]
            + command.configuration.subcommands.flatMap { subcommand in
                names(of: subcommand).map { [subcommand._commandName] + $0 }
            }
    }

    @Test("the help of each command is that of the snapshot")
    func snapshot() async throws {
        var texts: [String] = []
        for command in Self.commands {
            let result = try await Tool.run(command + ["--help"], environment: ["BITACORA_DATA": ""])
            #expect(result.status == 0 && result.errors.isEmpty)
            texts.append(Self.heading(command) + result.output)
        }
        if Self.isRecording {
            try Data(texts.joined(separator: "\n").utf8).write(to: Self.file)
        }
        let snapshot = String(decoding: try Data(contentsOf: Self.file), as: UTF8.self)
        for (command, text) in zip(Self.commands, texts) {
            #expect(snapshot.contains(text), "the help of \(Self.heading(command)) has changed")
        }
        #expect(snapshot == texts.joined(separator: "\n"))
    }

    private static func heading(_ command: [String]) -> String {
        "$ " + (["bitacora"] + command).joined(separator: " ") + " --help\n"
    }
}
