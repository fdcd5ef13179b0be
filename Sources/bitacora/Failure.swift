import EventLog
import Handlebars
import Inspection
import JSON

/// Why a command ends without having done its work.
struct Failure: Error, Equatable {
    /// One of `ExitStatus`.
    let status: Int32
    /// One sentence for people; empty when there is nothing to say.
    let message: String
    /// Lines to show below it, such as the one that is wrong.
    let details: [String]

    init(_ status: Int32, _ message: String, details: [String] = []) {
        self.status = status
        self.message = message
        self.details = details
    }

    /// Gives the errors of the log, of templates and of the output their exit status; nil for all others.
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
        case OutputError.closed: self.init(ExitStatus.success, "")
        case let error as OutputError: self.init(ExitStatus.unusable, error.description)
        default: return nil
        }
    }

    /// Templates that cannot be used: the first error, and below it the others.
    private init(_ errors: [TemplateError]) {
        let status = errors.allSatisfy { $0.code == .file } ? ExitStatus.unusable : ExitStatus.refused
        var lines = errors.flatMap(\.lines)
        if errors.count > 1 { lines.append(Amount.counted(errors.count, "error") + " in templates") }
        self.init(status, lines[0], details: Array(lines.dropFirst()))
    }

    /// A problem found in what can be read is an answer.
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

/// What the process tells its caller; part of the interface.
enum ExitStatus {
    /// All went well. A reader that closed our output early is well, too.
    static let success: Int32 = 0
    /// The answer is no: problems found, no such event or position, an append refused, an error in a template.
    static let refused: Int32 = 1
    /// The log, the server that holds it, a file or the output cannot be used.
    static let unusable: Int32 = 2
    /// The command line is wrong; the parser's own number (EX_USAGE in sysexits.h).
    static let usage: Int32 = 64

    /// For help texts.
    static let explanation = """
        Exit status:
          0   fine
          1   no: problems or errors found, no such event, an append was refused
          2   the log or a file cannot be read, or the server does not answer
          64  wrong usage
        """
}

extension Failure {
    /// Data that is not JSON: the place, what is wrong there, and the line with a caret, as errors in templates look.
    init(invalidJSON name: String, _ bytes: [UInt8], _ error: JSONError) {
        let excerpt = bytes.isEmpty ? "" : Excerpt.text(of: bytes, at: error.offset)
        self.init(
            ExitStatus.refused, "\(name):\(error.line):\(error.column): this is not JSON: \(error.message)",
            details: excerpt.terminalLines)
    }
}

extension TemplateError {
    /// Place and message, then the line with its caret, then the calls that led there; for a terminal.
    var lines: [String] { description.terminalLines }
}

extension String {
    /// Its lines. A tab would be shown as an escape: the line with a caret and the caret's begin with the same ones.
    var terminalLines: [String] {
        split { $0 == "\n" || $0 == "\r\n" }.map { String($0.replacing("\t", with: "    ")) }
    }
}
