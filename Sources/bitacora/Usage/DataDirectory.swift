import ArgumentParser
import Glibc

/// The directory of the log for commands without `--data`: the value of `BITACORA_DATA`, or `Data/log`.
enum DataDirectory {
    private static let variable = "BITACORA_DATA"
    private static let usualParent = "Data"
    private static let usual = "Data/log"

    /// The directory that the variable names; nil when the variable is not set or empty.
    private static let named: String? = {
        guard let text = getenv(variable), text.pointee != 0 else { return nil }
        return try? parseDirectory(String(cString: text))
    }()

    static var defaultPath: String { named ?? usual }

    /// Creates `Data` for a log in `Data/log`, the directory of who has named none: it must work anywhere. The parent of
    /// a directory that was named must be there, since the name may be misspelt.
    ///
    /// - Returns: whether `Data` was created. If `Data` cannot be created, opening the log reports the error.
    @discardableResult
    static func prepareParent(of directory: String) -> Bool { directory == usual && mkdir(usualParent, 0o750) == 0 }

    /// Removes `Data`, which `prepareParent` created, if `Data` is empty.
    static func removeParent() { rmdir(usualParent) }

    /// The default of the option, for help texts.
    static var defaultDescription: String {
        named.map { "(default: \($0), from \(variable))" } ?? "(default: \(usual), or what \(variable) names)"
    }

    /// Adds to a message about the directory that the directory comes from the environment, when it does.
    static func addingSource(to message: String) -> String {
        guard let named, !isGiven, message.contains("in \(named)") || message.hasPrefix(named) else { return message }
        return "\(message) (\(variable) names \(named))"
    }

    /// Whether the command line names the directory, so that the environment is not used.
    private static var isGiven: Bool { CommandLine.arguments.contains { $0 == "--data" || $0.hasPrefix("--data=") } }
}

/// Parses an option or argument that is the directory of a log; removes slashes at its end, because other names are made
/// from it, such as DIR.partial.
@Sendable func parseDirectory(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("the name of the directory is empty; . is the current directory") }
    let end = text.lastIndex { $0 != "/" }.map(text.index(after:))
    return end.map { String(text[..<$0]) } ?? "/"
}
