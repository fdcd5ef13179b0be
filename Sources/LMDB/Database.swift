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

extension Environment {
    /// Opens databases that exist.
    ///
    /// Open all of them before other threads use the environment: LMDB
    /// allows one `mdb_dbi_open` at a time (`lmdb.h`).
    ///
    /// - Throws: `.notFound` naming the first that is absent, `.incompatible`
    ///   the first that is of another kind.
    public func openDatabases(_ specifications: [Database.Specification]) throws(LMDBError) -> [Database] {
        let mode = options.readOnly ? UInt32(MDB_RDONLY) : 0
        return try open(specifications, begin: mode, flags: 0) { _, _ throws(LMDBError) in }
    }

    /// Creates databases and their first content in one transaction, so that
    /// a crash leaves all of it or nothing.
    public func createDatabases(
        _ specifications: [Database.Specification],
        filling fill: (inout WriteTransaction, [Database]) throws(LMDBError) -> Void
    ) throws(LMDBError) -> [Database] {
        try open(specifications, begin: 0, flags: UInt32(MDB_CREATE), fill)
    }

    /// How many named databases the environment holds; 0 when it is new.
    public func databaseCount() throws(LMDBError) -> Int {
        gate.enter()
        defer { gate.leave() }
        var stat = MDB_stat()
        try check(mdb_env_stat(try opened(for: "mdb_env_stat"), &stat), "mdb_env_stat", path)
        return stat.ms_entries
    }

    private func open(
        _ specifications: [Database.Specification], begin mode: UInt32, flags: UInt32,
        _ fill: (inout WriteTransaction, [Database]) throws(LMDBError) -> Void
    ) throws(LMDBError) -> [Database] {
        gate.enter()
        defer { gate.leave() }
        let databases = try open(specifications, in: WriteTransaction(handle: try begin(mode)), flags: flags, fill)
        self.databases += zip(specifications, databases).map { ($0, $1.handle) }
        return databases
    }

    /// Opens again, in the same order, what was open: LMDB counts its handles up. With the gate held alone.
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
                    transaction.raw.pointer, specification.name, specification.options.rawValue | flags, &handle),
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
