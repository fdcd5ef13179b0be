internal import Glibc
internal import LMDB

extension AppendError {
    /// Says why a write of the log failed, for people who may not know where its file is.
    ///
    /// Only what more room mends is `.full`.
    ///
    /// - Parameter maximumSize: of the log's file, in bytes.
    init(_ error: LMDBError, maximumSize: Int) {
        switch error.code.rawValue {
        case LMDBError.Code.mapFull.rawValue:
            self.init(.full, "the log has reached its largest size (\(maximumSize) bytes); raise it or make room")
        case ENOSPC:
            self.init(.full, "there is no room on the disk of the log; make room and try again")
        case EDQUOT:
            self.init(.full, "the quota of the disk of the log is used up (\(error.reason)); raise it or make room, and try again")
        case EFBIG:
            self.init(.full, "the file of the log may not grow any more (\(error.reason)); raise the limit of its process or file system, and try again")
        case EROFS:
            self.init(
                .failed, "the disk of the log cannot be written (\(error.reason)), as after errors of the disk; nothing of this was kept, make it writable and try again")
        default:
            self.init(
                .failed, "the log could not be written (\(error.call): \(error.reason)); nothing of this was kept, look at the disk and try again")
        }
    }
}
