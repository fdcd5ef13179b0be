import ArgumentParser
import EventLog
import Glibc
import Inspection

/// Which log, and for whom its contents are printed.
struct LogOptions: ParsableArguments {
    // The parser shows no default for an option with a transform.
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The directory of the log. \(DataDirectory.explanation)", valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var directory = DataDirectory.assumed

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
        Crash.explain()
        return try EventLog(directory: directory, options: options)
    }

    /// Whether there is a log in the directory.
    var isThere: Bool { access(directory + "/data.mdb", F_OK) == 0 }

    /// Reports on standard error that this command made the log, because the directory may be misspelt.
    func tellMade() {
        let message = DataDirectory.explained("there was no log in \(directory); a new one was made")
        Terminal.standardError.write(ShownText.escaped("bitacora: \(message)") + "\n")
    }
}
