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
/// | unnamed | `commit` → the number of the commit, u64; see `write` |
final class Store: Sendable {
    let environment: Environment
    let events: Database
    let topics: Database
    let ids: Database
    let types: Database
    let snapshots: Database
    let metaDatabase: Database
    let meta: StoreMeta
    private let unnamed: Database
    /// The first offset kept, when it was last read.
    let knownFirst = Atomic<UInt64>(1)
    /// Whether each commit contains its number; see `write`.
    let numbersCommits = Atomic(true)

    private init(_ environment: Environment, _ databases: [Database], _ meta: StoreMeta) {
        self.environment = environment
        metaDatabase = databases[0]
        events = databases[1]
        topics = databases[2]
        ids = databases[3]
        types = databases[4]
        snapshots = databases[5]
        unnamed = databases[6]
        self.meta = meta
    }

    private static let metaSpecification = Database.Specification("meta")
    private static let specifications: [Database.Specification] = [
        metaSpecification, .init("events", .integerKeys), .init("topics", [.duplicates, .integerDuplicates]),
        .init("ids"),
        .init("types"), .init("snapshots"), .unnamed,
    ]

    /// Opens the log in `directory`, or creates it where there is none yet.
    static func open(_ directory: String, _ options: Environment.Options, now: Timestamp) throws(OpenError) -> Store {
        let environment = try explaining(directory) { () throws(LMDBError) in
            try Environment(directory: directory, options: options)
        }
        do throws(OpenError) {
            let missing = try explaining(directory) { () throws(LMDBError) in try environment.missingBytes() }
            // Pages that one transaction allocated and freed, as trimming does, may be missing in a sound file.
            if missing > 0,
                try explaining(directory, { () throws(LMDBError) in try !environment.checkStructure().isEmpty })
            {
                throw OpenError(
                    .damaged,
                    "the log in \(directory) is truncated: \(missing) bytes are missing at the end of data.mdb; restore it from a backup"
                )
            }
            let isNew = try explaining(directory) { () throws(LMDBError) in try environment.databaseCount() == 0 }
            if isNew, options.readOnly {
                throw OpenError(.missing, "there is no log in \(directory) yet; `bitacora serve` creates one")
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
            // Databases that the earlier format did not have are created here, and filled by `rebuildIndexes`.
            isOlder
                ? try environment.createDatabases(specifications) { _, _ throws(LMDBError) in }
                : try environment.openDatabases(specifications)
        }
        return Store(environment, databases, meta)
    }

    /// Creates the log in one transaction, so that a crash leaves a whole log or none.
    private static func create(in environment: Environment, _ now: Timestamp) throws(LMDBError) {
        _ = try environment.createDatabases(specifications) { transaction, databases throws(LMDBError) in
            try StoreMeta.writeFresh(now, to: &transaction, databases[0])
        }
    }

    /// Runs `body` and explains an error of LMDB at opening.
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
            OpenError(.locked, "the log in \(directory) is already open in this process; use the open one")
        default:
            OpenError(.inaccessible, "the log in \(directory) cannot be opened: \(error.reason)")
        }
    }
}

extension Store {
    /// Runs `body` in a write transaction, and writes the number of the commit where that is needed.
    ///
    /// A page does not contain the number of the commit that wrote it. After a power cut with a weak durability the newest
    /// meta page may be on the disk while the page of its root is not, and the old content of that page is often the root
    /// of an older commit, whole in itself, without the last events. The number distinguishes the two.
    ///
    /// The number must be in the unnamed database, beside the roots of the others: together they take 400 bytes at the end
    /// of one page, so one sector of the disk has both. In a database of its own, a newer page could follow an older root:
    ///
    /// ```
    /// meta page, commit 9 ─► page 4: roots of commit 7 ─┬─► events of commit 7, whole
    ///                        (commit 9 reused the page, └─► page 5: number 9, which reached the disk
    ///                        which did not reach the disk)
    /// ```
    ///
    /// A writer that syncs each commit, pages before meta page, leaves the number out: no mark requires a check then.
    func write<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Environment.Ending<Result>
    ) throws(LMDBError) -> Result {
        try environment.write { transaction throws(LMDBError) in
            let ending = try body(&transaction)
            if case .commit = ending, numbersCommits.load(ordering: .relaxed) {
                try transaction.put(unnamed, .commit, transaction.number())
            }
            return ending
        }
    }

    /// Whether the newest meta page leads to pages of its own commit; nil where no commit contains its number yet.
    func isOfNewestCommit() throws(LMDBError) -> Bool? {
        try environment.read { transaction throws(LMDBError) in
            let written: UInt64? = try transaction.integer(unnamed, .commit)
            return written.map { $0 == transaction.number() }
        }
    }

    /// Makes a commit that contains its number, if the newest commit does not: in a copy, or in the log of an earlier
    /// version.
    ///
    /// When this fails, no commit is possible, so nothing can be lost.
    func numberCommit() {
        if let isNumbered = try? isOfNewestCommit(), isNumbered { return }
        try? write { _ in .commit(()) }
    }

    /// Finds out whether there is room for an append of `bytes`: writes a value of that size and removes it.
    ///
    /// Takes three commits. Pages that one commit allocates and frees are never written, and a commit does not reuse pages
    /// that the commit before it freed (`mdb_find_oldest`). So the second commit frees the pages, and the third lets the
    /// next append use them: otherwise the append would fail where there is room for one of the two only. When the process
    /// ends before the third commit, a value stays under the key `probe` of the database `meta` until the next probe.
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
    /// The kind of an error; more kinds may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the kind, for programs.
        public let rawValue: String
        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is no log in the directory.
        public static let missing = Code(rawValue: "missing")
        /// The directory contains something else, or is not a directory.
        public static let notALog = Code(rawValue: "not-a-log")
        /// An earlier version of this library wrote the log, which must be opened for writing once.
        public static let older = Code(rawValue: "older")
        /// A later version of this library wrote the log.
        public static let newer = Code(rawValue: "newer")
        /// A process has the log open for writing.
        public static let locked = Code(rawValue: "locked")
        /// The operating system refused access.
        public static let inaccessible = Code(rawValue: "inaccessible")
        /// The log is damaged.
        public static let damaged = Code(rawValue: "damaged")
    }

    /// The kind of the error.
    public let code: Code
    /// One sentence: what is wrong, where, and how to correct it.
    public let message: String

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension OpenError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
