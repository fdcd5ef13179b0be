internal import LMDB

/// The properties of a log, in the database `meta`.
///
/// | key | value (little-endian) |
/// |---|---|
/// | `format` | u32, the version of the layout; a newer one is refused |
/// | `id` | u64, the log id |
/// | `origin` | u64, the log id that the chain of digests began with; absent when it equals `id` |
/// | `created` | i64, microseconds since 1970 |
/// | `first`, `anchor` | see `LogStart` |
/// | `base` | u64, the offset of the snapshots that replace trimmed events, which stay when newer ones are stored; 0 when there are none |
/// | `indexing` | u8, 1 while the indexes are being rebuilt from the events |
/// | `unindexed` | u64, the number of events that are not in the indexes, because they could not be read |
/// | `probe` | zeros, only while a probe tests whether there is room; see `Store.probe` |
/// | `definition` | see `DefinitionBytes` |
struct StoreMeta: Sendable {
    /// Format 1 had no database `types`.
    static let currentFormat: UInt32 = 2

    let format: UInt32
    let logID: LogID
    /// The id that the first event was chained to: that of the original log, when this log was restored from a backup.
    let origin: LogID
    let created: Timestamp

    /// Writes the properties of a new log.
    static func writeFresh(
        _ created: Timestamp, to transaction: inout WriteTransaction, _ database: Database
    ) throws(LMDBError) {
        let log = LogID.random()
        try transaction.put(database, .format, currentFormat)
        try transaction.put(database, .id, log.rawValue)
        try transaction.put(database, .created, created.rawValue)
        try LogStart(first: 1, anchor: Digest(genesis: log)).write(to: &transaction, database)
    }

    /// - Throws: `.newer`, `.notALog`, or `.damaged` when a property is missing.
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

/// The first event kept, which changes when events are trimmed.
struct LogStart: Equatable, Sendable {
    /// The first offset kept.
    let first: Offset
    /// The digest that the record of `first` is chained to.
    let anchor: Digest

    init(first: Offset, anchor: Digest) {
        self.first = first
        self.anchor = anchor
    }

    /// Nil when a property is missing or damaged.
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

/// A key of the `meta` database (see `StoreMeta`), or the key `commit` of the unnamed database (see `Store.write`).
enum MetaKey: String {
    case format, id, origin, created, first, anchor, base, indexing, commit, unindexed, probe, definition

    var bytes: [UInt8] { Array(rawValue.utf8) }
}

extension Transaction where Self: ~Copyable {
    /// The value of a key; nil when it is absent or has another size.
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
