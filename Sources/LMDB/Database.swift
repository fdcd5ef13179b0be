internal import CLMDB

/// A named database inside an environment.
///
/// A handle is valid for the life of its environment.
public struct Database: Sendable {
    /// How keys and values are ordered and stored (`lmdb.h`, "Database Flags").
    public struct Options: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Keys are `UInt64` in the machine's byte order.
        public static let integerKeys = Options(rawValue: UInt32(MDB_INTEGERKEY))
        /// A key has many values, kept sorted.
        public static let duplicates = Options(rawValue: UInt32(MDB_DUPSORT))
        /// The values of a key are `UInt64`, packed without headers; needs `duplicates`.
        public static let integerDuplicates = Options(rawValue: UInt32(MDB_DUPFIXED | MDB_INTEGERDUP))
    }

    /// What to open: a name and how its keys and values are stored.
    public struct Specification: Sendable {
        public let name: String
        public let options: Options

        public init(_ name: String, _ options: Options = []) {
            self.name = name
            self.options = options
        }
    }

    /// The longest key LMDB 0.9.24 stores, in bytes (`mdb_env_get_maxkeysize`).
    public static let maximumKeySize = 511

    public let name: String
    let handle: MDB_dbi
}
