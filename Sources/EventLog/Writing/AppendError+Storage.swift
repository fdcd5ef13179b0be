internal import Glibc
internal import LMDB

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
