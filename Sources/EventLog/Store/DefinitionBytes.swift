internal import LMDB

/// The definition of the log's application, in the database `meta`.
///
/// | key | value |
/// |---|---|
/// | `definition` | size (u64, little-endian), digest (16) |
/// | `definition ‖ 0 ‖ part (4, big-endian)`, from part 1 | the bytes, in parts of at most `SnapshotKey.partSize` |
///
/// In parts for the reason that snapshots are: a value larger than a page needs free pages in a row.
enum DefinitionBytes {
    case absent
    case whole([UInt8])
    case damaged

    private static let headerSize = 8 + Digest.size

    static func read(
        in transaction: borrowing some Transaction & ~Copyable, _ meta: Database
    ) throws(LMDBError) -> DefinitionBytes {
        guard let header = try transaction.get(meta, MetaKey.definition.bytes.span.bytes) else { return .absent }
        guard header.byteCount == headerSize else { return .damaged }
        let size = UInt64(littleEndian: header.unsafeLoadUnaligned(as: UInt64.self))
        guard size <= UInt64(EventLog.maximumDefinition) else { return .damaged }
        let digest = header.extracting(8..<headerSize).withUnsafeBytes { Digest($0) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        var number: UInt32 = 0
        while bytes.count < size {
            number += 1
            guard let part = try transaction.get(meta, key(number).span.bytes), part.byteCount > 0 else {
                return .damaged
            }
            part.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        guard bytes.count == size, bytes.withUnsafeBytes({ Digest(of: $0) }) == digest else { return .damaged }
        return .whole(bytes)
    }

    /// Replaces the definition; empty bytes remove it.
    static func write(
        _ bytes: [UInt8], to transaction: inout WriteTransaction, _ meta: Database
    ) throws(LMDBError) {
        try remove(from: &transaction, meta)
        guard !bytes.isEmpty else { return }
        let header =
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
            + bytes.withUnsafeBytes { Digest(of: $0) }.bytes
        try transaction.put(meta, MetaKey.definition.bytes.span.bytes, header.span.bytes)
        var number: UInt32 = 1
        for start in stride(from: 0, to: bytes.count, by: SnapshotKey.partSize) {
            let end = min(start + SnapshotKey.partSize, bytes.count)
            try transaction.put(meta, key(number).span.bytes, bytes.span.bytes.extracting(start..<end))
            number += 1
        }
    }

    /// Removes the header and all parts, also those of a damaged definition.
    private static func remove(from transaction: inout WriteTransaction, _ meta: Database) throws(LMDBError) {
        try transaction.delete(meta, MetaKey.definition.bytes.span.bytes)
        for key in try partKeys(in: transaction, meta) { try transaction.delete(meta, key.span.bytes) }
    }

    private static func partKeys(
        in transaction: borrowing WriteTransaction, _ meta: Database
    ) throws(LMDBError) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var cursor = try transaction.cursor(meta)
        let prefix = MetaKey.definition.bytes + [0]
        var found = try cursor.seek(prefix.span.bytes)
        while found, cursor.key.array.starts(with: prefix) {
            keys.append(cursor.key.array)
            found = try cursor.move(.next)
        }
        return keys
    }

    private static func key(_ part: UInt32) -> [UInt8] {
        MetaKey.definition.bytes + [0] + withUnsafeBytes(of: part.bigEndian) { Array($0) }
    }
}

extension Store {
    /// The definition of the application, in one short read transaction.
    func definition() throws(LMDBError) -> DefinitionBytes {
        try environment.read { transaction throws(LMDBError) in
            try DefinitionBytes.read(in: transaction, metaDatabase)
        }
    }
}
