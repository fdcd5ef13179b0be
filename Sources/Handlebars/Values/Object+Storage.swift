extension Object {
    struct Entry {
        let hash: UInt64
        let key: String
        var value: Value
    }

    /// Where the fields are. Its identity is the object's identity, which decides whether `..` climbs.
    ///
    /// Unchecked, because it is changed only through `Object`, while one reference to it exists.
    final class Storage: @unchecked Sendable {
        static let indexThreshold = 24

        var entries: [Entry] = []
        /// How many entries at the front have array indices for names.
        private var indexKeys = 0
        /// From a name's hash to its place, kept from `indexThreshold` fields on.
        private var index: [UInt64: Int] = [:]

        init() {}

        init(copying other: Storage) {
            entries = other.entries
            indexKeys = other.indexKeys
            index = other.index
        }
    }
}

extension Object.Storage {
    @inline(__always)
    func find(_ name: String, hash: UInt64) -> Int? {
        if entries.count > Self.indexThreshold {
            guard let place = index[hash] else { return nil }
            // Two names with one hash: the index knows the first only.
            return entries[place].key == name ? place : scan(name, hash: hash)
        }
        return scan(name, hash: hash)
    }

    @inline(__always)
    private func scan(_ name: String, hash: UInt64) -> Int? {
        entries.withUnsafeBufferPointer { entries in
            for place in entries.indices where entries[place].hash == hash && entries[place].key == name {
                return place
            }
            return nil
        }
    }

    func set(_ name: String, to value: Value) {
        let hash = FieldName.hash(of: name)
        if let place = find(name, hash: hash) {
            entries[place].value = value
            return
        }
        let entry = Object.Entry(hash: hash, key: name, value: value)
        if let number = FieldName.arrayIndex(name) {
            let place = entries[..<indexKeys].firstIndex { FieldName.arrayIndex($0.key)! > number } ?? indexKeys
            entries.insert(entry, at: place)
            indexKeys += 1
            rebuildIndex()
        } else {
            entries.append(entry)
            extendIndex()
        }
    }

    func remove(_ name: String) {
        guard let place = find(name, hash: FieldName.hash(of: name)) else { return }
        entries.remove(at: place)
        if place < indexKeys { indexKeys -= 1 }
        rebuildIndex()
    }

    private func extendIndex() {
        guard entries.count > Self.indexThreshold else { return }
        if entries.count == Self.indexThreshold + 1 {
            rebuildIndex()
        } else if index[entries[entries.count - 1].hash] == nil {
            index[entries[entries.count - 1].hash] = entries.count - 1
        }
    }

    private func rebuildIndex() {
        index = [:]
        guard entries.count > Self.indexThreshold else { return }
        index.reserveCapacity(entries.count)
        for (place, entry) in entries.enumerated() where index[entry.hash] == nil {
            index[entry.hash] = place
        }
    }
}

extension Object.Storage {
    /// Prints a field that is text or a number, and says whether it did. Nothing is copied on the way.
    @inline(__always)
    func appendSimple(_ name: FieldName, to output: inout [UInt8], escaped: Bool) -> Bool {
        guard let place = find(name.text, hash: name.hash) else { return false }
        let entries = entries
        let span = entries.span
        switch span[place].value {
        case .string(let text):
            if escaped { Escaper.append(text, to: &output) } else { output.append(contentsOf: text.utf8) }
        case .number(let number): NumberText.append(number, to: &output)
        default: return false
        }
        return true
    }
}
