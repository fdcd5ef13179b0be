internal import CLMDB

/// An error of an LMDB call: the call, what it was called on, and the reason.
public struct LMDBError: Error, Sendable, Equatable {
    /// LMDB's own code (`lmdb.h`, "Return Codes") or an `errno` value.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The number: negative for LMDB's codes and those of this module, positive for an `errno`.
        public let rawValue: Int32
        /// A code with LMDB's number or an `errno`.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// The key exists, or a key or value that is appended is not greater than the existing ones (`MDB_KEYEXIST`).
        public static let keyExists = Code(rawValue: MDB_KEYEXIST)
        /// A database does not exist (`MDB_NOTFOUND`). A key that does not exist is nil, not an error.
        public static let notFound = Code(rawValue: MDB_NOTFOUND)
        /// The file is damaged (`MDB_CORRUPTED`).
        public static let corrupted = Code(rawValue: MDB_CORRUPTED)
        /// A meta page could not be written (`MDB_PANIC`): every later call fails until ``Environment/reopen()``.
        public static let panic = Code(rawValue: MDB_PANIC)
        /// The file has the format of another LMDB version (`MDB_VERSION_MISMATCH`).
        public static let versionMismatch = Code(rawValue: MDB_VERSION_MISMATCH)
        /// The file is not an LMDB file (`MDB_INVALID`).
        public static let invalidFile = Code(rawValue: MDB_INVALID)
        /// The memory map is full and has its maximum size, ``Environment/Options/maximumMapSize`` (`MDB_MAP_FULL`).
        public static let mapFull = Code(rawValue: MDB_MAP_FULL)
        /// All slots of the table of readers are used (`MDB_READERS_FULL`); see ``Environment/Options/maximumReaders``.
        public static let readersFull = Code(rawValue: MDB_READERS_FULL)
        /// A transaction changed too many pages (`MDB_TXN_FULL`); write less in one transaction.
        public static let transactionFull = Code(rawValue: MDB_TXN_FULL)
        /// Another process enlarged the memory map (`MDB_MAP_RESIZED`); the environment handles this itself.
        public static let mapResized = Code(rawValue: MDB_MAP_RESIZED)
        /// A database is opened or used with other options than it was created with (`MDB_INCOMPATIBLE`).
        public static let incompatible = Code(rawValue: MDB_INCOMPATIBLE)
        /// A key is empty or longer than ``Database/maximumKeySize``, or a value has the wrong size for the options of its
        /// database (`MDB_BAD_VALSIZE`).
        public static let badValueSize = Code(rawValue: MDB_BAD_VALSIZE)
        /// The environment is already open in this process, which LMDB does not allow. This code is not LMDB's.
        public static let alreadyOpen = Code(rawValue: -1)
        /// The environment is closed, or could not be opened again. This code is not LMDB's.
        public static let closed = Code(rawValue: -2)
        /// An open file was removed or replaced in its directory. This code is not LMDB's.
        public static let displaced = Code(rawValue: -3)
    }

    /// The reason as a code.
    public let code: Code
    /// The C function that failed, such as `mdb_put`.
    public let call: String
    /// What the function was called on: a path, or a database with the sizes of a key and a value.
    public let subject: String

    /// An error with the reason, the C function and what it was called on.
    public init(_ code: Code, call: String, subject: String) {
        self.code = code
        self.call = call
        self.subject = subject
    }
}

extension LMDBError: CustomStringConvertible {
    /// For example `mdb_put on database events: MDB_MAP_FULL: Environment mapsize limit reached`.
    public var description: String { "\(call) on \(subject): \(reason)" }

    /// The function and the reason, without ``subject``, which can be a path that clients must not see.
    public var cause: String { "\(call): \(reason)" }

    /// The reason, in the words of LMDB or of the operating system.
    public var reason: String {
        switch code {
        case .alreadyOpen: "the environment is already open in this process; use the open one"
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
