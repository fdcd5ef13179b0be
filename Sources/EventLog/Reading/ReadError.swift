public import LMDB

/// Why events could not be read.
public enum ReadError: Error, Equatable, Sendable {
    /// LMDB failed.
    case storage(LMDBError)
    /// The record at this offset is not one; run `verify`.
    case damaged(Offset)
    /// What was asked for is no longer kept: the log begins at this offset.
    case gone(first: Offset)
    /// The indexes are being rebuilt, or a rebuild was interrupted, and nothing can be counted.
    case indexing

    /// Whether the same read may soon succeed by itself: other readers end, or a rebuild of the indexes does.
    public var isTemporary: Bool {
        switch self {
        case .storage(let error): error.code == .readersFull
        case .indexing: true
        case .damaged, .gone: false
        }
    }
}

extension ReadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .storage(let error) where error.code == .corrupted:
            "the log cannot be read: \(error.cause); run `bitacora log verify`"
        case .storage(let error): "the log cannot be read: \(error.cause)"
        case .gone(let first): "the events before offset \(first) are no longer kept"
        case .indexing:
            "the indexes of the log are being rebuilt, or a rebuild was interrupted; try again soon, or run `bitacora log repair --yes`"
        case .damaged(let offset): "the event at offset \(offset) is damaged; run `bitacora log verify`"
        }
    }
}
