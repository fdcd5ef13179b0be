internal import LMDB

/// What the `meta` database holds: the log's identity and where its chain begins.
///
/// | key | value (little-endian) |
/// |---|---|
/// | `format` | u32, the version of the layout; a newer one is refused |
/// | `id` | u64, the log id |
/// | `created` | i64, microseconds since 1970 |
/// | `first` | u64, the first offset kept |
/// | `anchor` | 16 bytes, the digest before `first` |
struct StoreMeta: Sendable {
    static let currentFormat: UInt32 = 1

    let logID: LogID
    let created: Timestamp
    let first: Offset
    let anchor: Digest

    static func fresh(_ created: Timestamp) -> StoreMeta {
        let log = LogID.random()
        return StoreMeta(logID: log, created: created, first: 1, anchor: Digest(genesis: log))
    }

    func write(to transaction: inout WriteTransaction, _ database: Database) throws(LMDBError) {
        try Self.put(Self.currentFormat.littleEndian, "format", &transaction, database)
        try Self.put(logID.rawValue.littleEndian, "id", &transaction, database)
        try Self.put(created.rawValue.littleEndian, "created", &transaction, database)
        try Self.put(first.rawValue.littleEndian, "first", &transaction, database)
        try transaction.put(database, Array("anchor".utf8).span.bytes, anchor.bytes.span.bytes)
    }

    private static func put(
        _ value: some FixedWidthInteger, _ key: String, _ transaction: inout WriteTransaction, _ database: Database
    ) throws(LMDBError) {
        let bytes = withUnsafeBytes(of: value) { Array($0) }
        try transaction.put(database, Array(key.utf8).span.bytes, bytes.span.bytes)
    }

    static func read(from environment: Environment, _ database: Database, _ directory: String) throws(OpenError) -> StoreMeta {
        let values: [[UInt8]?]
        do throws(LMDBError) {
            values = try environment.read { transaction throws(LMDBError) in
                var values: [[UInt8]?] = []
                for key in ["format", "id", "created", "first", "anchor"] {
                    values.append(try transaction.get(database, Array(key.utf8).span.bytes)?.array)
                }
                return values
            }
        } catch {
            throw OpenError(.inaccessible, "the log in \(directory) cannot be read: \(error)")
        }
        guard let format = values[0].flatMap({ integer(UInt32.self, $0) }) else {
            throw OpenError(.notALog, "\(directory)/data.mdb is an LMDB file, but not a Bitácora log; name another directory")
        }
        guard format <= currentFormat else {
            throw OpenError(
                .newer, "the log in \(directory) has format \(format) and this version reads up to \(currentFormat); use a newer bitacora")
        }
        guard let id = values[1].flatMap({ integer(UInt64.self, $0) }),
            let created = values[2].flatMap({ integer(Int64.self, $0) }),
            let first = values[3].flatMap({ integer(UInt64.self, $0) }),
            let anchor = values[4], anchor.count == Digest.size
        else { throw OpenError(.damaged, "the log in \(directory) has damaged meta data; restore it from a backup") }
        return StoreMeta(
            logID: LogID(rawValue: id), created: Timestamp(microseconds: created), first: Offset(first),
            anchor: anchor.withUnsafeBytes { Digest($0) })
    }

    private static func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type, _ bytes: [UInt8]) -> Integer? {
        guard bytes.count == MemoryLayout<Integer>.size else { return nil }
        return Integer(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: Integer.self) })
    }
}
