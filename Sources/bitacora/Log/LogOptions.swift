import ArgumentParser
import EventLog

/// Which log, and for whom its contents are printed.
struct LogOptions: ParsableArguments {
    private static let usual = "Data/log"

    // The parser does not tell the default of what is transformed.
    @Option(
        name: .customLong("data"), help: ArgumentHelp("The directory of the log. (default: \(usual))", valueName: "dir"),
        completion: .directory, transform: parseDirectory)
    var directory = usual

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

/// For every option and argument that is the directory of a log: without slashes at its end, since other names are made
/// from it, such as DIR.partial.
@Sendable func parseDirectory(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("it takes a directory; . is the one you are in") }
    let end = text.lastIndex { $0 != "/" }.map(text.index(after:))
    return end.map { String(text[..<$0]) } ?? "/"
}
