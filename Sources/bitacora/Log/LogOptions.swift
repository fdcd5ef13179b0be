import ArgumentParser
import EventLog

/// Which log, and for whom its contents are printed.
struct LogOptions: ParsableArguments {
    // The parser does not tell the default of what is transformed.
    @Option(
        name: .customLong("data"), help: ArgumentHelp("The directory of the log. \(DataDirectory.explanation)", valueName: "dir"),
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
}
