internal import Glibc
internal import LMDB

/// Why an append, or another write, changed nothing.
public struct AppendError: Error, Hashable, Sendable {
    /// The kind of an error; more kinds may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the kind, for programs.
        public let rawValue: String
        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A field of the event is invalid; `field` names the field.
        public static let invalidEvent = Code(rawValue: "invalid")
        /// A field, or the whole append, exceeds its limit; `field` names the field.
        public static let tooLarge = Code(rawValue: "too-large")
        /// The topic's last event does not have the expected offset.
        public static let conflict = Code(rawValue: "conflict")
        /// The id belongs to an event with another topic, type or data.
        public static let idConflict = Code(rawValue: "id-conflict")
        /// Too many appends wait to be written; try again.
        public static let busy = Code(rawValue: "busy")
        /// The disk or the log is full; appends work again when there is room.
        public static let full = Code(rawValue: "full")
        /// A write or a sync failed; the message says whether to try again or to reopen the log.
        public static let failed = Code(rawValue: "failed")
        /// The log is closed, or open for reading only.
        public static let closed = Code(rawValue: "closed")
    }

    /// The kind of the error.
    public let code: Code
    /// One sentence: what is wrong, and how to correct it.
    public let message: String
    /// The field of the event that is wrong; nil when the error is not about a field.
    public let field: String?
    /// The index of the event that is wrong, counted from 0; nil for an append of one event.
    public let index: Int?

    /// Makes an error.
    public init(_ code: Code, _ message: String, field: String? = nil, index: Int? = nil) {
        self.code = code
        self.message = message
        self.field = field
        self.index = index
    }

    /// The same error, about one of `count` events.
    func at(_ index: Int, of count: Int) -> AppendError {
        count > 1 ? AppendError(code, message, field: field, index: index) : self
    }
}

extension AppendError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension AppendError {
    /// Explains why a write of the log failed. The message contains no path, because a server sends it to its clients.
    ///
    /// The code is `.full` only for errors that end when there is more room.
    ///
    /// - Parameter maximumSize: the limit of the log's file, in bytes.
    init(_ error: LMDBError, maximumSize: Int) {
        switch error.code.rawValue {
        case LMDBError.Code.mapFull.rawValue:
            self.init(
                .full, "the log has reached its largest size (\(maximumSize) bytes); raise the limit or make room")
        case ENOSPC:
            self.init(.full, "there is no room on the disk of the log; make room and try again")
        case EDQUOT:
            self.init(
                .full,
                "the disk quota of the log is used up (\(error.reason)); raise the quota or make room, and try again")
        case EFBIG:
            self.init(
                .full,
                "the file of the log has reached the largest size that the system allows (\(error.reason)); raise the limit of the process or the file system, and try again"
            )
        case EROFS:
            self.init(
                .failed,
                "the disk of the log cannot be written (\(error.reason)), which can follow a disk error; nothing was appended; make the disk writable and try again"
            )
        default:
            self.init(
                .failed,
                "the log could not be written (\(error.call): \(error.reason)); nothing was appended; check the disk and try again"
            )
        }
    }
}
