internal import LMDB

extension Snapshot {
    func write(to transaction: inout WriteTransaction, _ store: Store) throws(LMDBError) {
        let database = store.snapshots
        try removeOlder(from: &transaction, store)
        let header =
            withUnsafeBytes(of: UInt64(state.count).littleEndian) { Array($0) }
            + state.withUnsafeBytes { Digest(of: $0) }.bytes
        try transaction.put(database, key(0).bytes.span.bytes, header.span.bytes)
        var part: UInt32 = 1
        for start in stride(from: 0, to: state.count, by: SnapshotKey.partSize) {
            let end = min(start + SnapshotKey.partSize, state.count)
            try transaction.put(database, key(part).bytes.span.bytes, state.span.bytes.extracting(start..<end))
            part += 1
        }
    }

    private func key(_ part: UInt32) -> SnapshotKey { SnapshotKey(name: name, offset: offset, part: part) }

    /// The newest ones are kept, and the one that replaces trimmed events.
    private func removeOlder(from transaction: inout WriteTransaction, _ store: Store) throws(LMDBError) {
        let keys = try SnapshotKey.stored(of: name, in: transaction, store.snapshots)
        let base: UInt64 = try transaction.integer(store.metaDatabase, .base) ?? 0
        let staying = base > 0 ? [offset, Offset(base)] : [offset]
        let offsets = Set(keys.map(\.offset)).subtracting(staying).sorted()
        let dropped = Set(offsets.dropLast(Self.kept - 1)).union([offset])
        for key in keys where dropped.contains(key.offset) {
            try transaction.delete(store.snapshots, key.bytes.span.bytes)
        }
    }

    /// The newest whole snapshot of `name` at or before `limit`.
    ///
    /// - Parameter damaged: gets the offset of each one that fails its digest.
    static func newest(
        _ name: String, through limit: Offset, in store: Store, damaged: (Offset) -> Void = { _ in }
    ) throws(LMDBError) -> Snapshot? {
        let candidates = try stored(in: store).filter { $0.name == name && $0.offset <= limit }
        for info in candidates.reversed() {
            if let snapshot = try read(info, in: store) { return snapshot }
            damaged(info.offset)
        }
        return nil
    }

    /// What is stored, ascending by name and offset.
    static func stored(in store: Store) throws(LMDBError) -> [Info] {
        try store.environment.read { transaction throws(LMDBError) in
            var infos: [Info] = []
            var cursor = try transaction.cursor(store.snapshots)
            var found = try cursor.move(.first)
            while found {
                guard let key = SnapshotKey(cursor.key.array), key.part == 0,
                    cursor.value.byteCount == SnapshotKey.headerSize
                else {
                    found = try cursor.move(.next)
                    continue
                }
                let size = UInt64(littleEndian: cursor.value.unsafeLoadUnaligned(as: UInt64.self))
                infos.append(Info(name: key.name, offset: key.offset, size: Int(clamping: size)))
                // To the next snapshot: a large state has tens of thousands of parts.
                found = try cursor.seek(SnapshotKey(name: key.name, offset: key.offset, part: .max).bytes.span.bytes)
            }
            return infos
        }
    }

    /// Nil when the snapshot is not whole.
    static func read(_ info: Info, in store: Store) throws(LMDBError) -> Snapshot? {
        guard info.size <= maximumState else { return nil }
        return try store.environment.read { transaction throws(LMDBError) in
            var key = SnapshotKey(name: info.name, offset: info.offset, part: 0)
            guard let header = try transaction.get(store.snapshots, key.bytes.span.bytes),
                header.byteCount == SnapshotKey.headerSize
            else { return nil }
            let digest = header.extracting(8..<SnapshotKey.headerSize).withUnsafeBytes { Digest($0) }
            var state: [UInt8] = []
            state.reserveCapacity(info.size)
            while state.count < info.size {
                key = SnapshotKey(name: info.name, offset: info.offset, part: key.part + 1)
                guard let part = try transaction.get(store.snapshots, key.bytes.span.bytes), part.byteCount > 0
                else { return nil }
                part.withUnsafeBytes { state.append(contentsOf: $0) }
            }
            guard state.count == info.size, state.withUnsafeBytes({ Digest(of: $0) }) == digest else { return nil }
            return Snapshot(name: info.name, offset: info.offset, state: state)
        }
    }
}

extension Snapshot.Info {
    /// Removes it, whole or not.
    func remove(from transaction: inout WriteTransaction, _ store: Store) throws(LMDBError) {
        for key in try SnapshotKey.stored(of: name, in: transaction, store.snapshots) where key.offset == offset {
            try transaction.delete(store.snapshots, key.bytes.span.bytes)
        }
    }
}

extension SnapshotKey {
    /// The keys of all parts of a projection's snapshots.
    fileprivate static func stored(
        of name: String, in transaction: borrowing WriteTransaction, _ database: Database
    ) throws(LMDBError) -> [SnapshotKey] {
        var keys: [SnapshotKey] = []
        var cursor = try transaction.cursor(database)
        var found = try cursor.seek((Array(name.utf8) + [0]).span.bytes)
        while found, let key = SnapshotKey(cursor.key.array), key.name == name {
            keys.append(key)
            found = try cursor.move(.next)
        }
        return keys
    }
}
