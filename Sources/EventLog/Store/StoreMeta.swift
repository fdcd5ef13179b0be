internal import LMDB

/// What the `meta` database says of a log as a whole.
///
/// | key | value (little-endian) |
/// |---|---|
/// | `format` | u32, the version of the layout; a newer one is refused |
/// | `id` | u64, the log id |
/// | `origin` | u64, the id that the chain began with; absent where it is `id` |
/// | `created` | i64, microseconds since 1970 |
/// | `first`, `anchor` | see `LogStart` |
/// | `base` | u64, the offset whose snapshots stay when newer ones come: what is kept of the past begins there; 0 where all of it is kept |
/// | `indexing` | u8, 1 while the indexes are being rebuilt from the events |
/// | `commit` | u64, the number of the commit that this page was written by; see `Store.write` |
/// | `unindexed` | u64, how many events the indexes leave out, because they could not be read when those were made |
/// | `probe` | zeros, only while a probe tests whether there is room; see `Store.probe` |
struct StoreMeta: Sendable {
    /// 1 had no `types`.
    static let currentFormat: UInt32 = 2

    let format: UInt32
    let logID: LogID
    /// The id that the first event was chained to: of the log that this one was restored from, if it was.
    let origin: LogID
    let created: Timestamp

    /// Writes what a new log begins with.
    static func writeFresh(
        _ created: Timestamp, to transaction: inout WriteTransaction, _ database: Database
    ) throws(LMDBError) {
        let log = LogID.random()
        try transaction.put(database, .format, currentFormat)
        try transaction.put(database, .id, log.rawValue)
        try transaction.put(database, .created, created.rawValue)
        try LogStart(first: 1, anchor: Digest(genesis: log)).write(to: &transaction, database)
    }

    /// - Throws: when the log is of a later format, or its meta data are not whole.
    static func read(
        from environment: Environment, _ database: Database, _ directory: String
    ) throws(OpenError) -> StoreMeta {
        let found: (format: UInt32?, id: UInt64?, origin: UInt64?, created: Int64?, logStart: LogStart?)
        do throws(LMDBError) {
            found = try environment.read { transaction throws(LMDBError) in
                (
                    try transaction.integer(database, .format), try transaction.integer(database, .id),
                    try transaction.integer(database, .origin), try transaction.integer(database, .created),
                    try LogStart(of: transaction, database)
                )
            }
        } catch {
            throw OpenError(.inaccessible, "the log in \(directory) cannot be read: \(error)")
        }
        guard let format = found.format else {
            throw OpenError(
                .notALog, "\(directory)/data.mdb is an LMDB file, but not a Bitácora log; name another directory")
        }
        guard format <= currentFormat else {
            throw OpenError(
                .newer,
                "the log in \(directory) has format \(format) and this version reads up to \(currentFormat); use a newer bitacora"
            )
        }
        guard let id = found.id, let created = found.created, found.logStart != nil else {
            throw OpenError(.damaged, "the log in \(directory) has damaged meta data; restore it from a backup")
        }
        return StoreMeta(
            format: format, logID: LogID(rawValue: id), origin: LogID(rawValue: found.origin ?? id),
            created: Timestamp(microseconds: created))
    }
}

/// Where the kept events begin; moves when older ones are trimmed.
struct LogStart: Equatable, Sendable {
    /// The first offset kept.
    let first: Offset
    /// The digest before `first`, which its record is chained to.
    let anchor: Digest

    init(first: Offset, anchor: Digest) {
        self.first = first
        self.anchor = anchor
    }

    /// Nil when the meta data are damaged.
    init?(of transaction: borrowing some Transaction & ~Copyable, _ meta: Database) throws(LMDBError) {
        guard let first: UInt64 = try transaction.integer(meta, .first), first > 0,
            let anchor = try transaction.get(meta, MetaKey.anchor.bytes.span.bytes), anchor.byteCount == Digest.size
        else { return nil }
        self.init(first: Offset(first), anchor: anchor.withUnsafeBytes { Digest($0) })
    }

    func write(to transaction: inout WriteTransaction, _ meta: Database) throws(LMDBError) {
        try transaction.put(meta, .first, first.rawValue)
        try transaction.put(meta, MetaKey.anchor.bytes.span.bytes, anchor.bytes.span.bytes)
    }
}

/// A key of the `meta` database; see `StoreMeta`.
enum MetaKey: String {
    case format, id, origin, created, first, anchor, base, indexing, commit, unindexed, probe

    var bytes: [UInt8] { Array(rawValue.utf8) }
}

extension Transaction where Self: ~Copyable {
    /// Nil when it is absent or of another size.
    borrowing func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ meta: Database, _ key: MetaKey
    ) throws(LMDBError) -> Integer? {
        guard let value = try get(meta, key.bytes.span.bytes), value.byteCount == MemoryLayout<Integer>.size else {
            return nil
        }
        return Integer(littleEndian: value.unsafeLoadUnaligned(as: Integer.self))
    }
}

extension WriteTransaction {
    mutating func put(
        _ meta: Database, _ key: MetaKey, _ value: some FixedWidthInteger & BitwiseCopyable
    ) throws(LMDBError) {
        let bytes = withUnsafeBytes(of: value.littleEndian) { Array($0) }
        try put(meta, key.bytes.span.bytes, bytes.span.bytes)
    }
}
