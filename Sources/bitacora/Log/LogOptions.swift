import ArgumentParser
import EventLog

/// Which log, and for whom its contents are printed.
struct LogOptions: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("The directory of the log.", valueName: "dir"))
    var directory = "Data/log"

    @Flag(name: .customLong("json"), help: "Print one JSON object a line.")
    var isJSON = false

    /// Opens the log for reading, beside whoever writes it.
    func open() throws(OpenError) -> EventLog {
        var options = EventLog.Options()
        options.access = .read
        return try EventLog(directory: directory, options: options)
    }
}
