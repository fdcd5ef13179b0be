import EventLog

/// Writes the state of a `CollectionProjection`. `SnapshotReader` reads it.
///
/// ```
/// set      version (1 byte), startedAfter, skipped counts, field count, rows, changes, groups
/// rows     count, for each: key, changed, values
/// value    kind (1 byte, `StoredValue.Kind`); text for numbers, strings, arrays and objects (as JSON)
/// changes  completeAfter, count, for each: offset (less the one before), key
/// groups   count, for each, also groups of groups: digest (16 bytes), length in bytes, changes, count, changed of each row
/// ```
/// Numbers are in base 128, the least significant digit first, with the high bit set in all bytes but the last. Texts are
/// preceded by their length. Groups, indexes and sums are not stored, because they are made from the rows.
struct SnapshotWriter {
    static let version = 1

    private(set) var bytes: [UInt8] = [UInt8(version)]

    mutating func write(_ set: CollectionSet) {
        write(set.startedAfter.rawValue)
        write(set.skippedCounts.count)
        for count in set.skippedCounts { write(count) }
        write(set.root.fields.count)
        write(set.root.count)
        set.root.visitRows { row in
            write(row.key.text)
            write(row.changed.rawValue)
            row.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
            return true
        }
        write(set.root.changes)
        let groups = set.groups.flatMap(\.all)
        write(groups.count)
        for group in groups {
            bytes += group.plan.digest
            var history = SnapshotWriter()
            history.bytes = []
            history.write(group.collection.changes)
            history.write(group.collection.count)
            group.collection.visitRows { row in
                history.write(row.changed.rawValue)
                return true
            }
            write(history.bytes.count)
            bytes += history.bytes
        }
    }

    private mutating func write(_ number: Int) { write(UInt64(number)) }

    private mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func write(_ text: String) {
        write(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func write(_ changes: ChangeList) {
        write(changes.completeAfter.rawValue)
        write(changes.count)
        var last = changes.completeAfter.rawValue
        changes.visit { change in
            write(change.offset.rawValue - last)
            write(change.key.text)
            last = change.offset.rawValue
        }
    }
}

extension GroupState {
    /// These groups and those grouped from them.
    fileprivate var all: [GroupState] { [self] + nested.flatMap(\.all) }
}
