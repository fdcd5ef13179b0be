import ArgumentParser

/// `bitacora log …`: what can be done with a log without its server.
struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Read, check, append to and move a log, also while the server runs.",
        discussion: """
            Example: bitacora log tail --follow --topic 'products,chat/**'

            Every command works on the log in the directory --data. Without --data the directory is the one that the \
            environment variable BITACORA_DATA names, or Data/log. With --json it prints one JSON object a line; an event is the same JSON there as in the HTTP \
            API and on sockets.

            \(ExitStatus.explanation)
            """,
        subcommands: [
            List.self, Tail.self, Grep.self, Show.self, Stats.self, Topics.self, Histogram.self, State.self,
            Diff.self, Readers.self, Append.self, Export.self, Import.self, Verify.self, Repair.self, Backup.self,
            Restore.self, Trim.self, Compact.self,
        ])
}
