import ArgumentParser
import Glibc

/// The directory of the log for commands without `--data`: what `BITACORA_DATA` names, or `Data/log`.
enum DataDirectory {
    private static let variable = "BITACORA_DATA"
    private static let usual = "Data/log"

    /// What the environment names; nil when the variable is not set, or empty.
    private static let named: String? = {
        guard let text = getenv(variable), text.pointee != 0 else { return nil }
        return try? parseDirectory(String(cString: text))
    }()

    static var assumed: String { named ?? usual }

    /// For help texts.
    static var explanation: String {
        named.map { "(default: \($0), from \(variable))" } ?? "(default: \(usual), or what \(variable) names)"
    }

    /// Adds to a message about the directory that it comes from the environment, when it does.
    static func explained(_ message: String) -> String {
        guard let named, !isGiven, message.contains("in \(named)") || message.hasPrefix(named) else { return message }
        return "\(message) (\(variable) names \(named))"
    }

    /// Whether the command line names the directory: then the environment does not count.
    private static var isGiven: Bool { CommandLine.arguments.contains { $0 == "--data" || $0.hasPrefix("--data=") } }
}

/// For every option and argument that is the directory of a log: without slashes at its end, since other names are made
/// from it, such as DIR.partial.
@Sendable func parseDirectory(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("the name of the directory is empty; . is the current directory") }
    let end = text.lastIndex { $0 != "/" }.map(text.index(after:))
    return end.map { String(text[..<$0]) } ?? "/"
}
