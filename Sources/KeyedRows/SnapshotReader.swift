import EventLog
import JSON

/// Bytes that are not a snapshot of the collection.
package struct SnapshotFault: Error, CustomStringConvertible {
    /// What was expected.
    let expected: String
    /// The number of bytes before the fault.
    let position: Int

    package var description: String {
        "the snapshot does not have \(expected) at byte \(position); fold the events again"
    }
}

/// Reads what `SnapshotWriter` writes, and checks all of it. Memory is in proportion to the number of bytes.
struct SnapshotReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// A reader, which must not be used longer than the bytes.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func readSet(_ plan: CollectionPlan) throws -> CollectionSet {
        guard try readByte() == SnapshotWriter.version else { throw fault("version \(SnapshotWriter.version)") }
        let startedAfter = Offset(try readNumber())
        guard try readNumber() == plan.labels.count else { throw fault("the number of operations") }
        let skipped = try plan.labels.map { _ in
            guard let count = Int(exactly: try readNumber()) else { throw fault("a count of skipped operations") }
            return count
        }
        guard try readNumber() == plan.layout.fields.count else { throw fault("the number of fields") }
        let rows = try readRows(fieldCount: plan.layout.fields.count)
        let root = CollectionState(plan.layout, ascending: rows, changes: try readChanges())
        var histories: [[UInt8]: GroupState.History] = [:]
        for _ in 0..<(try readCount(minimumSize: GroupPlan.digestLength)) {
            let (digest, history) = try readHistory()
            histories[digest] = history
        }
        guard position == bytes.count else { throw fault("its end") }
        let groups = try plan.groups.map { plan in
            do {
                return try GroupState(plan, of: root) { histories[$0] }
            } catch {
                throw fault("the number of groups of \(plan.layout.name)")
            }
        }
        return CollectionSet(plan, startedAfter: startedAfter, root: root, groups: groups, skippedCounts: skipped)
    }

    private func fault(_ expected: String) -> SnapshotFault { SnapshotFault(expected: expected, position: position) }

    private mutating func readRows(fieldCount: Int) throws -> [Row] {
        let count = try readCount(minimumSize: 3 + fieldCount)
        var rows: [Row] = []
        rows.reserveCapacity(count)
        for _ in 0..<count {
            let key = try readKey()
            if let last = rows.last, !(last.key < key) { throw fault("a key after \(last.key)") }
            let changed = Offset(try readNumber())
            rows.append(Row(key: key, values: try readValues(fieldCount), changed: changed))
        }
        return rows
    }

    private mutating func readChanges() throws -> ChangeList {
        var offset = try readNumber()
        var changes = ChangeList(completeAfter: Offset(offset))
        let count = try readCount(minimumSize: 3)
        guard count <= CollectionState.keptChanges else {
            throw fault("at most \(CollectionState.keptChanges) changes")
        }
        for _ in 0..<count {
            let (next, overflow) = offset.addingReportingOverflow(try readNumber())
            guard !overflow else { throw fault("the offset of a change") }
            offset = next
            changes.append(try readKey(), at: Offset(offset))
        }
        return changes
    }

    private mutating func readHistory() throws -> (digest: [UInt8], GroupState.History) {
        let digest = Array(try take(GroupPlan.digestLength))
        let length = try readCount(minimumSize: 1)
        var reader = SnapshotReader(UnsafeRawBufferPointer(rebasing: bytes[position..<position + length]))
        position += length
        let changes = try reader.readChanges()
        let count = try reader.readCount(minimumSize: 1)
        var changed: [Offset] = []
        changed.reserveCapacity(count)
        for _ in 0..<count { changed.append(Offset(try reader.readNumber())) }
        guard reader.position == length else { throw fault("the end of the groups") }
        return (digest, GroupState.History(changes: changes, changed: changed))
    }
}

extension SnapshotReader {
    private mutating func readByte() throws -> UInt8 {
        guard position < bytes.count else { throw fault("a byte") }
        position += 1
        return bytes[position - 1]
    }

    private mutating func readNumber() throws -> UInt64 {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try readByte()
            let digit = UInt64(byte & 0x7F)
            guard shift < 63 || shift == 63 && digit <= 1 else { throw fault("a number of 64 bits") }
            number |= digit << shift
            shift += 7
            guard byte >= 0x80 else {
                guard byte != 0 || shift == 7 else { throw fault("a number without zeros in front") }
                return number
            }
        }
    }

    /// The number of things of which each has at least `minimumSize` bytes.
    private mutating func readCount(minimumSize: Int) throws -> Int {
        let number = try readNumber()
        guard let count = Int(exactly: number), count <= (bytes.count - position) / minimumSize else {
            throw fault("as many bytes as a count of \(number) needs")
        }
        return count
    }

    private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count <= bytes.count - position else { throw fault("\(count) bytes") }
        position += count
        return UnsafeRawBufferPointer(rebasing: bytes[position - count..<position])
    }

    private mutating func readBytes() throws -> UnsafeRawBufferPointer { try take(try readCount(minimumSize: 1)) }

    private mutating func readText() throws -> UnsafeRawBufferPointer {
        let text = try readBytes()
        guard text.isASCII || String(validating: text, as: UTF8.self) != nil else { throw fault("text in UTF-8") }
        return text
    }

    private mutating func readKey() throws -> RowKey {
        guard let key = RowKey(try readText()) else { throw fault("a key of 1 to \(RowKey.maximumBytes) bytes") }
        return key
    }

    private mutating func readValues(_ count: Int) throws -> RowValues {
        let start = position
        for _ in 0..<count { try checkValue() }
        return RowValues(UnsafeRawBufferPointer(rebasing: bytes[start..<position]), fieldCount: count)
    }

    private mutating func checkValue() throws {
        guard let kind = StoredValue.Kind(rawValue: try readByte()) else { throw fault("the kind of a value") }
        switch kind {
        case .missing, .null, .no, .yes: break
        case .string: _ = try readText()
        case .number: guard JSONNumber.isNumber(try readBytes()) else { throw fault("a number in JSON") }
        case .nested:
            let text = try readBytes()
            // The values of events are nested less deeply, and `push` adds one level.
            guard let value = try? JSONValue(parsing: text, maximumDepth: JSONValue.deepestMaximumDepth),
                value.array != nil || value.object != nil, !value.isTooLarge,
                value.bytes.withUnsafeBytes({ text.hasSameBytes(as: $0) })
            else { throw fault("an array or object in JSON") }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var isASCII: Bool {
        var (bits, position): (UInt64, Int) = (0, 0)
        while position + 8 <= count {
            bits |= loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position += 8
        }
        while position < count {
            bits |= UInt64(self[position])
            position += 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }
}
