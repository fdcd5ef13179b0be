import EventLog
import Handlebars
import Inspection

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
    init?(explaining error: any Error) {
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
        case OutputError.closed: self.init(ExitStatus.fine, "")
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
