internal import LMDB

/// The log's LMDB environment and its databases.
///
/// | database | key → value |
/// |---|---|
/// | `events` | offset (8 bytes, native integer) → record (see `RecordLayout`); only ever appended |
/// | `topics` | topic → the offsets of its events, ascending (8 bytes each, native integers) |
/// | `ids` | event id → offset (8 bytes, native integer) |
/// | `snapshots` | see `SnapshotKey` |
/// | `meta` | see `StoreMeta` |
final class Store: Sendable {
    let environment: Environment
    let events: Database
    let topics: Database
    let ids: Database
    let snapshots: Database
    let meta: StoreMeta

    private init(_ environment: Environment, _ databases: [Database], _ meta: StoreMeta) {
        self.environment = environment
        events = databases[0]
        topics = databases[1]
        ids = databases[2]
        snapshots = databases[3]
        self.meta = meta
    }

    private static let specifications: [Database.Specification] = [
        .init("events", .integerKeys),
        .init("topics", [.duplicates, .integerDuplicates]),
        .init("ids"), .init("snapshots"), .init("meta"),
    ]

    /// Opens the log in `directory`, or makes one where there is nothing yet.
    static func open(_ directory: String, _ options: Environment.Options, now: Timestamp) throws(OpenError) -> Store {
        let environment = try explaining(directory) { () throws(LMDBError) in
            try Environment(directory: directory, options: options)
        }
        do throws(OpenError) {
            let missing = try explaining(directory) { () throws(LMDBError) in try environment.missingBytes() }
            if missing > 0 {
                throw OpenError(.damaged, "the log in \(directory) was cut: \(missing) bytes are missing at its end; restore it from a backup")
            }
            let isNew = try explaining(directory) { () throws(LMDBError) in try environment.databaseCount() == 0 }
            if isNew, options.readOnly {
                throw OpenError(.missing, "there is no log in \(directory) yet; `bitacora serve` makes one")
            }
            let databases = try explaining(directory) { () throws(LMDBError) in
                isNew ? try create(in: environment, now) : try environment.openDatabases(specifications)
            }
            return Store(environment, databases, try StoreMeta.read(from: environment, databases[4], directory))
        } catch {
            environment.close()
            throw error
        }
    }

    /// All of it in one transaction: a crash leaves a whole log or none.
    private static func create(in environment: Environment, _ now: Timestamp) throws(LMDBError) -> [Database] {
        try environment.createDatabases(specifications) { transaction, databases throws(LMDBError) in
            try StoreMeta.fresh(now).write(to: &transaction, databases[4])
        }
    }

    /// Turns LMDB's errors at opening into sentences for people.
    private static func explaining<Result>(
        _ directory: String, _ body: () throws(LMDBError) -> Result
    ) throws(OpenError) -> Result {
        do throws(LMDBError) {
            return try body()
        } catch {
            switch error.code {
            case .invalidFile, .versionMismatch, .notFound, .incompatible:
                throw OpenError(.notALog, "\(directory)/data.mdb is not a Bitácora log; name another directory")
            case .corrupted, .panic:
                throw OpenError(.damaged, "the log in \(directory) is damaged (\(error)); restore it from a backup")
            case .alreadyOpen:
                throw OpenError(.locked, "the log in \(directory) is already open in this process; share that one")
            default:
                throw OpenError(.inaccessible, "the log in \(directory) cannot be opened: \(error.reason)")
            }
        }
    }
}
