import BitacoraServer
import EventLog
import Handlebars
import Inspection
import JSON

/// An error that ends a command, with its exit status and its message.
struct Failure: Error, Equatable {
    /// One of `ExitStatus`.
    let status: Int32
    /// One sentence; empty when nothing is printed.
    let message: String
    /// Lines below the message, such as the line with the error.
    let details: [String]

    init(_ status: Int32, _ message: String, details: [String] = []) {
        self.status = status
        self.message = message
        self.details = details
    }

    /// Converts an error of the log, of templates or of the output; nil for other errors.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as OpenError: self.init(ExitStatus.unusable, error.message)
        case let error as ReadError: self.init(Self.status(of: error), error.description)
        case let error as AppendError: self.init(Self.status(of: error.code), error.message)
        case let error as MaintenanceError: self.init(Self.status(of: error), error.description)
        case let error as BackupError:
            self.init(error.code == .unsound ? ExitStatus.refused : ExitStatus.unusable, error.message)
        case let error as TemplateError: self.init([error])
        case let error as ViewErrors: self.init(error.errors)
        case let error as ApplicationFolderError: self.init(applicationFaults: error.faults)
        case OutputError.closed: self.init(ExitStatus.success, "")
        case let error as OutputError: self.init(ExitStatus.unusable, error.description)
        default: return nil
        }
    }

    /// Errors in templates: the first one is the message, the others are details.
    private init(_ errors: [TemplateError]) {
        let status = errors.allSatisfy { $0.code == .file } ? ExitStatus.unusable : ExitStatus.refused
        var lines = errors.flatMap(\.lines)
        if errors.count > 1 { lines.append(Amount.counted(errors.count, "error") + " in templates") }
        self.init(status, lines[0], details: Array(lines.dropFirst()))
    }

    /// Errors of an application in a folder: the first one is the message, the others are details.
    ///
    /// - Parameter faults: at least one, a line each, with the path of the file.
    init(applicationFaults faults: [String]) {
        var lines = faults
        if lines.count > 1 { lines.append("\(Amount.counted(faults.count, "error")) in the application") }
        self.init(ExitStatus.refused, lines[0], details: Array(lines.dropFirst()))
    }

    /// Refused for damage that was found in a readable log, unusable when the log cannot be read.
    private static func status(of error: ReadError) -> Int32 {
        switch error {
        case .damaged: ExitStatus.refused
        case .storage, .gone, .indexing: ExitStatus.unusable
        }
    }

    private static func status(of error: MaintenanceError) -> Int32 {
        switch error {
        case .read(let error): status(of: error)
        case .write(let error): status(of: error.code)
        case .uncovered: ExitStatus.refused
        }
    }

    /// Refused when the producer can correct the cause, unusable when the log itself fails.
    private static func status(of code: AppendError.Code) -> Int32 {
        switch code {
        case .full, .failed, .closed: ExitStatus.unusable
        default: ExitStatus.refused
        }
    }
}

/// The exit statuses, which are part of the interface.
enum ExitStatus {
    /// Success, also when the reader of standard output closed it early.
    static let success: Int32 = 0
    /// A negative result: problems found, no such event or position, a refused append, an error in a template.
    static let refused: Int32 = 1
    /// The log, the server that holds it, a file or the output cannot be used.
    static let unusable: Int32 = 2
    /// A usage error; the status of the parser (EX_USAGE in sysexits.h).
    static let usage: Int32 = 64

    /// The list of exit statuses for help texts.
    static let explanation = """
        Exit status:
          0   success
          1   negative result: problems or errors found, no such event, or an append was refused
          2   the log, a file or the server cannot be used
          64  usage error
        """
}

extension Failure {
    /// Data that is not JSON: position, reason, and the line with a caret, in the form of errors in templates.
    init(invalidJSON name: String, _ bytes: [UInt8], _ error: JSONError) {
        let excerpt = bytes.isEmpty ? "" : Excerpt.text(of: bytes, at: error.offset)
        self.init(
            ExitStatus.refused, "\(name):\(error.line):\(error.column): this is not JSON: \(error.message)",
            details: excerpt.terminalLines)
    }
}

extension TemplateError {
    /// Position and message, then the line with a caret, then the calls that led there; for a terminal.
    var lines: [String] { description.terminalLines }
}

extension String {
    /// The lines for a terminal. Tabs, which would be shown as escapes, become spaces, so that a caret stays in its column.
    var terminalLines: [String] {
        split { $0 == "\n" || $0 == "\r\n" }.map { String($0.replacing("\t", with: "    ")) }
    }
}
