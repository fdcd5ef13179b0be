internal import LMDB
internal import Synchronization

/// The log's LMDB environment and its databases.
///
/// | database | key → value |
/// |---|---|
/// | `events` | offset (8 bytes, native integer) → record (see `RecordLayout`); appended at the end, trimmed at the beginning |
/// | `topics` | topic → the offsets of its events, ascending (8 bytes each, native integers) |
/// | `ids` | event id → offset (8 bytes, native integer) |
/// | `types` | type → how many events have it (8 bytes, native integer) |
/// | `snapshots` | see `SnapshotKey` |
/// | `meta` | see `StoreMeta` |
final class Store: Sendable {
    let environment: Environment
    let events: Database
    let topics: Database
    let ids: Database
    let types: Database
    let snapshots: Database
    let metaDatabase: Database
    let meta: StoreMeta
    /// The first offset kept when it was last looked at.
    let knownFirst = Atomic<UInt64>(1)
    /// Whether commits have their number in them; see `write`.
    let numbersCommits = Atomic(true)

    private init(_ environment: Environment, _ databases: [Database], _ meta: StoreMeta) {
        self.environment = environment
        metaDatabase = databases[0]
        events = databases[1]
        topics = databases[2]
        ids = databases[3]
        types = databases[4]
        snapshots = databases[5]
        self.meta = meta
    }

    private static let metaSpecification = Database.Specification("meta")
    private static let specifications: [Database.Specification] = [
        metaSpecification, .init("events", .integerKeys), .init("topics", [.duplicates, .integerDuplicates]),
        .init("ids"),
        .init("types"), .init("snapshots"),
    ]

    /// Opens the log in `directory`, or makes one where there is nothing yet.
    static func open(_ directory: String, _ options: Environment.Options, now: Timestamp) throws(OpenError) -> Store {
        let environment = try explaining(directory) { () throws(LMDBError) in
            try Environment(directory: directory, options: options)
        }
        do throws(OpenError) {
            let missing = try explaining(directory) { () throws(LMDBError) in try environment.missingBytes() }
            // Pages that were taken and given back in one transaction, as trimming does, may be missing in a sound file.
            if missing > 0,
                try explaining(directory, { () throws(LMDBError) in try !environment.checkStructure().isEmpty })
            {
                throw OpenError(
                    .damaged,
                    "the log in \(directory) was cut: \(missing) bytes are missing at its end; restore it from a backup"
                )
            }
            let isNew = try explaining(directory) { () throws(LMDBError) in try environment.databaseCount() == 0 }
            if isNew, options.readOnly {
                throw OpenError(.missing, "there is no log in \(directory) yet; `bitacora serve` makes one")
            }
            if isNew { try explaining(directory) { () throws(LMDBError) in try create(in: environment, now) } }
            return try open(environment, directory)
        } catch {
            environment.close()
            throw error
        }
    }

    private static func open(_ environment: Environment, _ directory: String) throws(OpenError) -> Store {
        let database = try explaining(directory) { () throws(LMDBError) in
            try environment.openDatabases([metaSpecification])[0]
        }
        let meta = try StoreMeta.read(from: environment, database, directory)
        let isOlder = meta.format < StoreMeta.currentFormat
        if isOlder, environment.options.readOnly {
            throw OpenError(
                .older,
                "the log in \(directory) was written by an earlier version (format \(meta.format)); open it with `bitacora serve` once"
            )
        }
        let databases = try explaining(directory) { () throws(LMDBError) in
            // What an earlier format did not have is made, and filled by `rebuildIndexes`.
            isOlder
                ? try environment.createDatabases(specifications) { _, _ throws(LMDBError) in }
                : try environment.openDatabases(specifications)
        }
        return Store(environment, databases, meta)
    }

    /// All of it in one transaction: a crash leaves a whole log or none.
    private static func create(in environment: Environment, _ now: Timestamp) throws(LMDBError) {
        _ = try environment.createDatabases(specifications) { transaction, databases throws(LMDBError) in
            try StoreMeta.writeFresh(now, to: &transaction, databases[0])
        }
    }

    /// Turns LMDB's errors at opening into sentences for people.
    static func explaining<Result>(
        _ directory: String, _ body: () throws(LMDBError) -> Result
    ) throws(OpenError) -> Result {
        do throws(LMDBError) {
            return try body()
        } catch {
            throw explain(error, in: directory)
        }
    }

    static func explain(_ error: LMDBError, in directory: String) -> OpenError {
        switch error.code {
        case .invalidFile, .versionMismatch, .notFound, .incompatible:
            OpenError(.notALog, "\(directory)/data.mdb is not a Bitácora log; name another directory")
        case .corrupted, .panic:
            OpenError(.damaged, "the log in \(directory) is damaged (\(error)); restore it from a backup")
        case .alreadyOpen:
            OpenError(.locked, "the log in \(directory) is already open in this process; share that one")
        default:
            OpenError(.inaccessible, "the log in \(directory) cannot be opened: \(error.reason)")
        }
    }
}

extension Store {
    /// Runs `body` as `Environment.write` does; what is committed has the number of its commit in it, where that counts.
    ///
    /// Pages do not say by which commit they were written. After a power cut
    /// in a weak durability the newest meta page may be on the disk while the
    /// page of its root is not, and in its place lies what was there before:
    /// often the root of an older commit, whole in itself, without the last
    /// events. The number tells the two apart. It costs a page a commit, so a
    /// writer whose commits wait for the disk, pages before meta page, leaves
    /// it out: no mark makes anybody ask for it.
    func write<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Environment.Ending<Result>
    ) throws(LMDBError) -> Result {
        try environment.write { transaction throws(LMDBError) in
            let ending = try body(&transaction)
            if case .commit = ending, numbersCommits.load(ordering: .relaxed) {
                try transaction.put(metaDatabase, .commit, transaction.number())
            }
            return ending
        }
    }

    /// Whether what the newest commit leads to was written by it; nil where no commit has its number in it yet.
    func isOfNewestCommit() throws(LMDBError) -> Bool? {
        try environment.read { transaction throws(LMDBError) in
            let written: UInt64? = try transaction.integer(metaDatabase, .commit)
            return written.map { $0 == transaction.number() }
        }
    }

    /// Makes the newest commit one with its number in it: in a copy, or in the log of an earlier version, it is not.
    ///
    /// Where that fails nothing can be committed, and nothing be lost.
    func numberCommit() {
        if let isNumbered = try? isOfNewestCommit(), isNumbered { return }
        try? write { _ in .commit(()) }
    }

    /// Finds out whether there is room for an append of `bytes`: writes a value of that size and removes it.
    ///
    /// Three commits. Pages that are taken and given back in one commit are never written, and a commit takes no pages
    /// that the commit before it gave back (`mdb_find_oldest`). So the second commit gives the pages back, and the third
    /// lets the next append take them: where there is room for one of the two only, the append would fail otherwise.
    /// When the process ends before the third commit, a value stays under the key `probe` of the database `meta` until
    /// the next probe.
    func probe(bytes: Int) throws(LMDBError) {
        let key = MetaKey.probe.bytes
        for count in [bytes, 1] {
            let value = [UInt8](repeating: 0, count: count)
            try write { transaction throws(LMDBError) in
                try transaction.put(metaDatabase, key.span.bytes, value.span.bytes)
                return .commit(())
            }
        }
        try write { transaction throws(LMDBError) in
            try transaction.delete(metaDatabase, key.span.bytes)
            return .commit(())
        }
    }
}

/// Why a log could not be opened.
public struct OpenError: Error, Hashable, Sendable {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is nothing at the path, and it was to be read.
        public static let missing = Code(rawValue: "missing")
        /// What is at the path is something else.
        public static let notALog = Code(rawValue: "not-a-log")
        /// An earlier version of this library wrote it, and it must be opened for writing once.
        public static let older = Code(rawValue: "older")
        /// A later version of this library wrote it.
        public static let newer = Code(rawValue: "newer")
        /// Another process writes it.
        public static let locked = Code(rawValue: "locked")
        /// The operating system refused.
        public static let inaccessible = Code(rawValue: "inaccessible")
        /// It is a log, and damaged.
        public static let damaged = Code(rawValue: "damaged")
    }

    public let code: Code
    /// One sentence: what is wrong, where, and how to mend it.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension OpenError: CustomStringConvertible {
    public var description: String { message }
}
