import ArgumentParser
import EventLog
import Glibc
import Inspection
import JSON

/// `bitacora log …`: the commands that work on a log.
struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Read, check, append to, import, export and maintain a log.",
        discussion: """
            Example: bitacora log tail --follow --topic 'products,chat/**'

            The log is in the directory given by --data, else by the environment variable BITACORA_DATA, else in \
            Data/log. Commands that read a log can run beside its server. With --json, commands print one JSON object a \
            line; events have the same JSON as in the HTTP API and on sockets.

            \(ExitStatus.explanation)
            """,
        subcommands: [
            List.self, Tail.self, Grep.self, Show.self, Stats.self, Topics.self, Histogram.self, State.self,
            Diff.self, Readers.self, Append.self, Export.self, Import.self, Verify.self, Repair.self, Backup.self,
            Restore.self, Trim.self, Compact.self,
        ])
}

/// The options of all `log` commands: the directory, and the form of the output.
struct LogOptions: ParsableArguments {
    // The help text contains the default, because the parser prints none for an option with a transform.
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The directory of the log. \(DataDirectory.defaultDescription)", valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var directory = DataDirectory.defaultPath

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    /// Opens the log, by default for reading beside its writer.
    ///
    /// - Parameter configure: changes the options before the log is opened.
    /// - Throws: also when there is no log; this never creates one.
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

    /// Prints the result of a command: with --json `json` on one line, otherwise `text`, which ends with a newline.
    func printResult(_ json: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String) throws(OutputError) {
        let output = Output()
        output.add(isJSON ? json().text + "\n" : text())
        try output.flush()
    }

    /// Whether there is a log in the directory.
    var exists: Bool { access(directory + "/data.mdb", F_OK) == 0 }

    /// Reports on standard error that this command created the log, because the directory may be misspelt.
    func reportCreated() {
        let message = DataDirectory.addingSource(to: "there was no log in \(directory); a new log was created")
        Terminal.standardError.write(ShownText.escaped("bitacora: \(message)") + "\n")
    }
}

extension Damage {
    /// How many damaged events are reported one by one.
    static let reportedOffsets = 20

    /// Damage that is reported on standard error.
    static var reported: Damage {
        Damage { offset, count in
            guard count <= reportedOffsets else { return }
            Terminal.standardError.write("bitacora: the event at offset \(offset) is damaged and was skipped\n")
        }
    }

    /// Throws a failure with status 1 when events were skipped; called after everything else was printed.
    func check() throws(Failure) {
        guard count > 0 else { return }
        throw Failure(
            ExitStatus.refused,
            "\(Amount.counted(count, "damaged event")) \(count == 1 ? "was" : "were") skipped; run `bitacora log verify` to see what is wrong"
        )
    }
}

extension LogReader {
    /// A reader that reports damaged events on standard error.
    init(_ log: EventLog, _ selection: EventSelection = EventSelection()) {
        self.init(log, selection, damage: .reported)
    }
}
