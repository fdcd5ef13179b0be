internal import Glibc
internal import LMDB

/// Why an append wrote nothing.
public struct AppendError: Error, Hashable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A field of the event breaks a rule; `field` names it.
        public static let invalidEvent = Code(rawValue: "invalid")
        /// A field or the batch is over its bound; `field` names it.
        public static let tooLarge = Code(rawValue: "too-large")
        /// The topic's last event does not have the expected offset.
        public static let conflict = Code(rawValue: "conflict")
        /// The id belongs to an event with another topic, type or data.
        public static let idConflict = Code(rawValue: "id-conflict")
        /// The queue is full; try again.
        public static let busy = Code(rawValue: "busy")
        /// The disk or the map is full; appends work again when there is room.
        public static let full = Code(rawValue: "full")
        /// A write or a sync failed; the message says whether to try again or to reopen the log.
        public static let failed = Code(rawValue: "failed")
        /// The log was closed, or is open for reading only.
        public static let closed = Code(rawValue: "closed")
    }

    public let code: Code
    /// One sentence: what is wrong, and how to correct it.
    public let message: String
    public let field: String?
    /// Which of several events the error is about, counted from 0; nil for an append of one event.
    public let index: Int?

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
    public var description: String { message }
}

extension AppendError {
    /// Explains why a write of the log failed; the message names no path, because clients of a server get it too.
    ///
    /// The code is `.full` only for errors that more room solves.
    ///
    /// - Parameter maximumSize: the limit of the log's file, in bytes.
    init(_ error: LMDBError, maximumSize: Int) {
        switch error.code.rawValue {
        case LMDBError.Code.mapFull.rawValue:
            self.init(.full, "the log has reached its largest size (\(maximumSize) bytes); raise it or make room")
        case ENOSPC:
            self.init(.full, "there is no room on the disk of the log; make room and try again")
        case EDQUOT:
            self.init(
                .full, "the disk quota of the log is used up (\(error.reason)); raise it or make room, and try again")
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
