import ArgumentParser
import Glibc

/// The directory of the log for commands without `--data`: the value of `BITACORA_DATA`, or `Data/log`.
enum DataDirectory {
    private static let variable = "BITACORA_DATA"
    private static let defaultParent = "Data"
    /// The directory when neither `--data` nor the variable names one.
    private static let unnamed = "Data/log"

    /// The directory that the variable names; nil when the variable is not set or empty.
    private static let named: String? = {
        guard let text = getenv(variable), text.pointee != 0 else { return nil }
        return try? parseDirectory(String(cString: text))
    }()

    static var defaultPath: String { named ?? unnamed }

    /// Runs `body`, which creates a log in `directory`; first creates the directory `Data` for a log in `Data/log`, and
    /// removes the created directory when `body` fails and the directory is empty.
    ///
    /// The default directory must work in any current directory. The parent of another directory must exist, because the name may be
    /// misspelt. When `Data` cannot be created, `body` fails with the reason.
    static func withParent<Result, Problem: Error>(
        of directory: String, _ body: () throws(Problem) -> Result
    ) throws(Problem) -> Result {
        let isCreated = createParent(of: directory)
        do {
            return try body()
        } catch {
            if isCreated { rmdir(defaultParent) }
            throw error
        }
    }

    /// The same for an asynchronous `body`.
    static func withParent<Result, Problem: Error>(
        of directory: String, _ body: () async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        let isCreated = createParent(of: directory)
        do {
            return try await body()
        } catch {
            if isCreated { rmdir(defaultParent) }
            throw error
        }
    }

    private static func createParent(of directory: String) -> Bool {
        directory == unnamed && mkdir(defaultParent, 0o750) == 0
    }

    /// The default of the option, for help texts.
    static var defaultDescription: String {
        named.map { "(default: \($0), from \(variable))" } ?? "(default: \(unnamed), or the value of \(variable))"
    }

    /// Adds to a message about the directory that the directory was named by the environment variable, if so.
    static func addingSource(to message: String) -> String {
        guard let named, !isGiven, message.contains("in \(named)") || message.hasPrefix(named) else { return message }
        return "\(message) (from \(variable))"
    }

    /// Whether the command line names the directory, so that the environment is not used.
    private static var isGiven: Bool { CommandLine.arguments.contains { $0 == "--data" || $0.hasPrefix("--data=") } }
}

/// Parses the directory of a log; removes slashes at the end, because other names are derived from the directory, such as
/// DIR.partial.
@Sendable func parseDirectory(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("the name of the directory is empty; . is the current directory") }
    let end = text.lastIndex { $0 != "/" }.map(text.index(after:))
    return end.map { String(text[..<$0]) } ?? "/"
}
