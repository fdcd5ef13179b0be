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
        private(set) var order = Order()

        /// What is known of the names without looking at them.
        struct Order: Sendable {
            /// How many entries at the front have array indices for names.
            fileprivate var indexKeys = 0
            /// From another name's hash to its place behind those, kept from `indexThreshold` fields on.
            fileprivate var index: [UInt64: Int] = [:]
        }

        init() {}

        /// Entries with other values but the names, in their order, that `order` was taken from.
        init(_ entries: [Entry], order: Order) {
            self.entries = entries
            self.order = order
        }

        convenience init(copying other: Storage) {
            self.init(other.entries, order: other.order)
        }
    }
}

extension Object.Storage {
    @inline(__always)
    func find(_ name: String, hash: UInt64) -> Int? {
        entries.count > Self.indexThreshold ? search(name, hash: hash) : scan(name, hash: hash)
    }

    private func search(_ name: String, hash: UInt64) -> Int? {
        if let number = FieldName.arrayIndex(name) {
            let place = firstIndexKey(notBelow: number)
            return place < order.indexKeys && FieldName.arrayIndex(entries[place].key) == number ? place : nil
        }
        guard let place = order.index[hash] else { return nil }
        // Two names with one hash: the index knows the first only.
        return entries[order.indexKeys + place].key == name ? order.indexKeys + place : scan(name, hash: hash)
    }

    /// Where among the names that are array indices, which are in order, a number stands or belongs.
    private func firstIndexKey(notBelow number: Int) -> Int {
        var (low, high) = (0, order.indexKeys)
        while low < high {
            let middle = (low + high) / 2
            if FieldName.arrayIndex(entries[middle].key)! < number { low = middle + 1 } else { high = middle }
        }
        return low
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
            entries.insert(entry, at: firstIndexKey(notBelow: number))
            order.indexKeys += 1
            if entries.count == Self.indexThreshold + 1 { rebuildIndex() }
        } else {
            entries.append(entry)
            extendIndex()
        }
    }

    func remove(_ name: String) {
        guard let place = find(name, hash: FieldName.hash(of: name)) else { return }
        entries.remove(at: place)
        if place < order.indexKeys { order.indexKeys -= 1 } else { rebuildIndex() }
    }

    private func extendIndex() {
        guard entries.count > Self.indexThreshold else { return }
        if entries.count == Self.indexThreshold + 1 {
            rebuildIndex()
        } else if order.index[entries[entries.count - 1].hash] == nil {
            order.index[entries[entries.count - 1].hash] = entries.count - 1 - order.indexKeys
        }
    }

    private func rebuildIndex() {
        order.index = [:]
        guard entries.count > Self.indexThreshold else { return }
        order.index.reserveCapacity(entries.count)
        for (place, entry) in entries[order.indexKeys...].enumerated() where order.index[entry.hash] == nil {
            order.index[entry.hash] = place
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
