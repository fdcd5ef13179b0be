internal import CLMDB

/// A database inside an environment: a named one, or the unnamed one (``Specification/unnamed``).
///
/// ``Environment/openDatabases(_:)`` and ``Environment/createDatabases(_:filling:)`` return handles, which are valid until
/// the environment is closed.
public struct Database: Sendable {
    /// How keys and values are ordered and stored (`lmdb.h`, "Database Flags").
    public struct Options: OptionSet, Sendable {
        /// LMDB's flags.
        public let rawValue: UInt32
        /// Options with LMDB's flags.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Keys are `UInt64` in native byte order, sorted by value.
        public static let integerKeys = Options(rawValue: UInt32(MDB_INTEGERKEY))
        /// A key can have many values, which are kept sorted. Each value has at most ``maximumKeySize`` bytes.
        public static let duplicates = Options(rawValue: UInt32(MDB_DUPSORT))
        /// The values of a key are `UInt64` in native byte order, packed without headers; requires ``duplicates``.
        public static let integerDuplicates = Options(rawValue: UInt32(MDB_DUPFIXED | MDB_INTEGERDUP))
    }

    /// The name and the options with which a database is created or opened.
    public struct Specification: Sendable {
        /// The name of the database; empty for the unnamed database.
        public let name: String
        /// How keys and values are ordered and stored.
        public let options: Options

        /// A specification with a name and options; by default keys are bytes and each has one value.
        public init(_ name: String, _ options: Options = []) {
            self.name = name
            self.options = options
        }

        /// The unnamed database, in which LMDB keeps the roots of the named databases under their names.
        ///
        /// An environment can store a few values of its own there, under other keys. A value and the roots are usually on
        /// one page, which a commit writes in one piece. Never change the value under the name of a database.
        public static let unnamed = Specification("")
    }

    /// The largest size of a key, in bytes; a key has at least one byte. LMDB is built with this limit
    /// (`lmdb.h`, `mdb_env_get_maxkeysize`).
    public static let maximumKeySize = 511

    /// The name of the database; empty for the unnamed database.
    public let name: String
    let handle: MDB_dbi
}

extension Environment {
    /// Opens existing databases.
    ///
    /// Open all databases before other threads use the environment: `mdb_dbi_open` must not be called by several
    /// concurrent transactions (`lmdb.h`).
    ///
    /// - Parameter specifications: the names and options of the databases.
    /// - Returns: the databases in the order of `specifications`.
    /// - Throws: `.notFound` with the name of the first database that does not exist; `.incompatible` with the name of the
    ///   first database that has other options.
    public func openDatabases(_ specifications: [Database.Specification]) throws(LMDBError) -> [Database] {
        let mode = options.readOnly ? UInt32(MDB_RDONLY) : 0
        return try open(specifications, begin: mode, flags: 0) { _, _ throws(LMDBError) in }
    }

    /// Creates databases and their first content in one transaction, so that a crash leaves everything or nothing.
    ///
    /// Databases that exist are opened.
    ///
    /// - Parameters:
    ///   - specifications: the names and options of the databases.
    ///   - fill: writes the first content; gets the databases in the order of `specifications`.
    /// - Returns: the databases in the order of `specifications`.
    /// - Throws: the error of `fill`; `.incompatible` with the name of the first database that has other options; or the
    ///   error of the commit. Nothing is created then.
    public func createDatabases(
        _ specifications: [Database.Specification],
        filling fill: (inout WriteTransaction, [Database]) throws(LMDBError) -> Void
    ) throws(LMDBError) -> [Database] {
        try open(specifications, begin: 0, flags: UInt32(MDB_CREATE), fill)
    }

    /// The number of named databases and of values in the unnamed database; 0 when the environment is new.
    public func databaseCount() throws(LMDBError) -> Int {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        var stat = MDB_stat()
        try check(mdb_env_stat(try opened(for: "mdb_env_stat"), &stat), "mdb_env_stat", path)
        return stat.ms_entries
    }

    private func open(
        _ specifications: [Database.Specification], begin mode: UInt32, flags: UInt32,
        _ fill: (inout WriteTransaction, [Database]) throws(LMDBError) -> Void
    ) throws(LMDBError) -> [Database] {
        mapLock.lockShared()
        defer { mapLock.unlock() }
        let databases = try open(specifications, in: WriteTransaction(handle: try begin(mode)), flags: flags, fill)
        self.databases += zip(specifications, databases).map { ($0, $1.handle) }
        return databases
    }

    /// Opens the databases of the environment again, in the same order, so that they get the same handles: LMDB numbers
    /// handles upwards. The caller holds `mapLock` exclusively.
    func reopenDatabases(of environment: OpaquePointer) throws(LMDBError) {
        var transaction: OpaquePointer?
        try check(
            mdb_txn_begin(environment, nil, options.readOnly ? UInt32(MDB_RDONLY) : 0, &transaction), "mdb_txn_begin",
            path)
        guard let transaction else { preconditionFailure("mdb_txn_begin returned no transaction") }
        let reopened = try open(
            databases.map(\.specification), in: WriteTransaction(handle: transaction), flags: 0
        ) { _, _ throws(LMDBError) in }
        guard reopened.map(\.handle) == databases.map(\.handle) else {
            throw LMDBError(.incompatible, call: "mdb_dbi_open", subject: path)
        }
    }

    private func open(
        _ specifications: [Database.Specification], in transaction: consuming WriteTransaction, flags: UInt32,
        _ fill: (inout WriteTransaction, [Database]) throws(LMDBError) -> Void
    ) throws(LMDBError) -> [Database] {
        var databases: [Database] = []
        for specification in specifications {
            var handle = MDB_dbi()
            try check(
                mdb_dbi_open(
                    transaction.raw.pointer, specification.name.isEmpty ? nil : specification.name,
                    specification.options.rawValue | flags, &handle),
                "mdb_dbi_open", "database \(specification.name) of \(path)")
            var stored: UInt32 = 0
            try check(
                mdb_dbi_flags(transaction.raw.pointer, handle, &stored), "mdb_dbi_flags",
                "database \(specification.name) of \(path)")
            guard stored == specification.options.rawValue else {
                throw LMDBError(
                    .incompatible, call: "mdb_dbi_open", subject: "database \(specification.name) of \(path)")
            }
            databases.append(Database(name: specification.name, handle: handle))
        }
        try fill(&transaction, databases)
        // A handle lives on only if the transaction that opened it commits, even one that only reads.
        try transaction.commit(path)
        return databases
    }
}
