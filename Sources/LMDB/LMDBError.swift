internal import CLMDB

/// A failed LMDB call: which call, on what, and why.
public struct LMDBError: Error, Sendable, Equatable {
    /// LMDB's own code (`lmdb.h`, "Return Codes") or an `errno` value.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let keyExists = Code(rawValue: MDB_KEYEXIST)
        public static let notFound = Code(rawValue: MDB_NOTFOUND)
        public static let corrupted = Code(rawValue: MDB_CORRUPTED)
        public static let panic = Code(rawValue: MDB_PANIC)
        public static let versionMismatch = Code(rawValue: MDB_VERSION_MISMATCH)
        public static let invalidFile = Code(rawValue: MDB_INVALID)
        public static let mapFull = Code(rawValue: MDB_MAP_FULL)
        public static let readersFull = Code(rawValue: MDB_READERS_FULL)
        public static let transactionFull = Code(rawValue: MDB_TXN_FULL)
        public static let mapResized = Code(rawValue: MDB_MAP_RESIZED)
        /// A database is opened or used as another kind than it is.
        public static let incompatible = Code(rawValue: MDB_INCOMPATIBLE)
        public static let badValueSize = Code(rawValue: MDB_BAD_VALSIZE)
        /// The environment is open already: LMDB allows one per process and path.
        public static let alreadyOpen = Code(rawValue: -1)
        /// The environment was closed.
        public static let closed = Code(rawValue: -2)
        /// An open file is no longer the one in the directory.
        public static let displaced = Code(rawValue: -3)
    }

    public let code: Code
    /// The C function that failed, such as `mdb_put`.
    public let call: String
    /// What it was called on: a path, or a database and a key length.
    public let subject: String

    public init(_ code: Code, call: String, subject: String) {
        self.code = code
        self.call = call
        self.subject = subject
    }
}

extension LMDBError: CustomStringConvertible {
    /// For example `mdb_put on database events: MDB_MAP_FULL: Environment mapsize limit reached`.
    public var description: String { "\(call) on \(subject): \(reason)" }

    /// What failed and why, without `subject`, which may be a path that clients must not see.
    public var cause: String { "\(call): \(reason)" }

    /// The reason alone, in LMDB's or the operating system's words.
    public var reason: String {
        switch code {
        case .alreadyOpen: "the environment is already open in this process; share that one"
        case .closed: "the environment is closed"
        case .displaced: "the file was removed or replaced while it was open"
        default: String(cString: mdb_strerror(code.rawValue))
        }
    }
}

/// Throws unless `status` is `MDB_SUCCESS`.
@inline(__always)
func check(_ status: Int32, _ call: @autoclosure () -> String, _ subject: @autoclosure () -> String) throws(LMDBError) {
    if status != MDB_SUCCESS {
        throw LMDBError(.init(rawValue: status), call: call(), subject: subject())
    }
}
