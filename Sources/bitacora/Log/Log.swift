import ArgumentParser
import EventLog
import Glibc
import Inspection

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

/// Which log, and for whom its contents are printed.
struct LogOptions: ParsableArguments {
    // The parser shows no default for an option with a transform.
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The directory of the log. \(DataDirectory.defaultDescription)", valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var directory = DataDirectory.defaultPath

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    /// Opens the log, for reading beside whoever writes it unless something else is said.
    ///
    /// - Parameter configure: changes how, if need be.
    /// - Throws: also where there is none: a tool makes no log by opening it.
    func open(
        _ access: EventLog.Access = .read, _ configure: (inout EventLog.Options) -> Void = { _ in }
    ) throws(OpenError) -> EventLog {
        if access == .write { try EventLog.checkPresence(in: directory) }
        var options = EventLog.Options()
        options.access = access
        configure(&options)
        CrashHandler.install()
        return try EventLog(directory: directory, options: options)
    }

    /// Whether there is a log in the directory.
    var exists: Bool { access(directory + "/data.mdb", F_OK) == 0 }

    /// Reports on standard error that this command made the log, because the directory may be misspelt.
    func reportCreated() {
        let message = DataDirectory.addingSource(to: "there was no log in \(directory); a new one was made")
        Terminal.standardError.write(ShownText.escaped("bitacora: \(message)") + "\n")
    }
}

/// What a command says of damage: each record on standard error, and that something is missing by its status.
extension Damage {
    /// How many damaged events are reported one by one.
    static let reportedOffsets = 20

    /// Told on standard error.
    static var reported: Damage {
        Damage { offset, count in
            guard count <= reportedOffsets else { return }
            Terminal.standardError.write("bitacora: the event at offset \(offset) is damaged and was skipped\n")
        }
    }

    /// Ends the command with status 1 when events were skipped; call it after everything else was printed.
    func check() throws(Failure) {
        guard count > 0 else { return }
        throw Failure(
            ExitStatus.refused,
            "\(Amount.counted(count, "damaged event")) \(count == 1 ? "was" : "were") skipped; run `bitacora log verify` to see what is wrong"
        )
    }
}

extension LogReader {
    /// Tells on standard error what is damaged, as every command does.
    init(_ log: EventLog, _ selection: EventSelection = EventSelection()) {
        self.init(log, selection, damage: .reported)
    }
}
