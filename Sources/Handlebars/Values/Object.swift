/// Fields by name, in the order of JavaScript: names that are array indices in ascending order, then the other names in
/// the order in which they were added.
///
/// A value type with copy on write. Up to 24 fields are searched linearly, which is faster than hashing for the few
/// fields that a page reads; larger objects have an index.
public struct Object: Sendable {
    var storage: Storage

    /// The object of every call without `name=value` arguments.
    static let empty = Object()

    /// Creates an object without fields.
    public init() {
        storage = Storage()
    }

    /// Creates an object whose fields keep their order, also those whose names are array indices: as a `Map` of
    /// JavaScript.
    ///
    /// `{{#each}}` visits them in this order, with the name of each as `@key`.
    ///
    /// - Parameter entries: the fields; a repeated name keeps its first position and gets the last value.
    public init(ordered entries: some Sequence<(key: String, value: Value)>) {
        storage = Storage(order: Storage.Order(putsIndicesFirst: false))
        for (key, value) in entries { storage.set(key, to: value) }
    }

    init(storage: Storage) {
        self.storage = storage
    }

    /// A new object with the same fields, which is not identical to `other`.
    init(copying other: Object) {
        storage = Storage(copying: other.storage)
    }

    /// Creates an object without fields that can store a number of fields without reallocation.
    public init(minimumCapacity: Int) {
        storage = Storage()
        storage.entries.reserveCapacity(minimumCapacity)
    }

    /// The value of a field; `nil` when the object has no such field. Setting `nil` removes the field.
    public subscript(name: String) -> Value? {
        get {
            storage.find(name, hash: FieldName.hash(of: name)).map { storage.entries[$0].value }
        }
        set {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
            if let newValue {
                storage.set(name, to: newValue)
            } else {
                storage.remove(name)
            }
        }
    }

    /// The number of fields.
    public var count: Int { storage.entries.count }
    /// Whether the object has no fields.
    public var isEmpty: Bool { storage.entries.isEmpty }
    /// The names of the fields, in order.
    public var keys: [String] { storage.entries.map(\.key) }

    /// The fields, in order.
    public var entries: [(key: String, value: Value)] { storage.entries.map { ($0.key, $0.value) } }

    /// The fields of both objects; those of `other` replace fields of the same name.
    public func merging(_ other: Object) -> Object {
        var result = self
        for entry in other.storage.entries { result[entry.key] = entry.value }
        return result
    }
}

extension Object: ExpressibleByDictionaryLiteral {
    /// Creates an object; a repeated name keeps its first position and gets the last value.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(minimumCapacity: elements.count)
        for (key, value) in elements { self[key] = value }
    }
}

extension Object {
    struct Entry {
        let hash: UInt64
        let key: String
        var value: Value
    }

    /// The fields of an object. The identity of the storage is that of the object, which decides whether a block adds a
    /// level of `..`.
    ///
    /// `@unchecked Sendable`: `Object` changes a storage only while there is a single reference to it.
    final class Storage: @unchecked Sendable {
        static let indexThreshold = 24

        var entries: [Entry] = []
        private(set) var order = Order()

        /// The order of the names, and an index of them.
        struct Order: Sendable {
            /// The number of entries at the front whose names are array indices.
            fileprivate var indexKeys = 0
            /// The positions of the other names after those, by hash; only for more than `indexThreshold` fields.
            fileprivate var index: [UInt64: Int] = [:]
            /// Whether names that are array indices come before the others.
            private let putsIndicesFirst: Bool

            init(putsIndicesFirst: Bool = true) { self.putsIndicesFirst = putsIndicesFirst }

            /// The number of a name that comes before the other names; nil for other names.
            fileprivate func arrayIndex(_ name: String) -> Int? {
                putsIndicesFirst ? FieldName.arrayIndex(name) : nil
            }
        }

        init() {}

        init(order: Order) { self.order = order }

        /// Creates a storage of entries that have the names of another storage in the same order.
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
        if let number = order.arrayIndex(name) {
            let index = firstIndexKey(notBelow: number)
            return index < order.indexKeys && FieldName.arrayIndex(entries[index].key) == number ? index : nil
        }
        guard let index = order.index[hash] else { return nil }
        // Of two names with the same hash, the index has only the first.
        return entries[order.indexKeys + index].key == name ? order.indexKeys + index : scan(name, hash: hash)
    }

    /// The position of the first array index that is not less than a number.
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
            for index in entries.indices where entries[index].hash == hash && entries[index].key == name {
                return index
            }
            return nil
        }
    }

    func set(_ name: String, to value: Value) {
        let hash = FieldName.hash(of: name)
        if let index = find(name, hash: hash) {
            entries[index].value = value
            return
        }
        let entry = Object.Entry(hash: hash, key: name, value: value)
        if let number = order.arrayIndex(name) {
            entries.insert(entry, at: firstIndexKey(notBelow: number))
            order.indexKeys += 1
            if entries.count == Self.indexThreshold + 1 { rebuildIndex() }
        } else {
            entries.append(entry)
            extendIndex()
        }
    }

    func remove(_ name: String) {
        guard let index = find(name, hash: FieldName.hash(of: name)) else { return }
        entries.remove(at: index)
        if index < order.indexKeys { order.indexKeys -= 1 } else { rebuildIndex() }
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
        for (index, entry) in entries[order.indexKeys...].enumerated() where order.index[entry.hash] == nil {
            order.index[entry.hash] = index
        }
    }
}

extension Object.Storage {
    /// Appends a field that is a text or a number without copying it, and returns whether it did.
    @inline(__always)
    func appendSimple(_ name: FieldName, to output: inout [UInt8], escaped: Bool) -> Bool {
        guard let index = find(name.text, hash: name.hash) else { return false }
        let entries = entries
        let span = entries.span
        switch span[index].value {
        case .string(let text):
            if escaped { Escaper.append(text, to: &output) } else { output.append(contentsOf: text.utf8) }
        case .number(let number): NumberText.append(number, to: &output)
        default: return false
        }
        return true
    }
}

/// The name of a field with its hash, so that a lookup compares hashes before it compares text.
struct FieldName: Sendable {
    let text: String
    let hash: UInt64
    /// The array index that the name is the canonical text of; `nil` for other names.
    let index: Int?
    let filterBit: UInt64

    init(_ text: String) {
        self.text = text
        hash = FieldName.hash(of: text)
        index = FieldName.arrayIndex(text)
        filterBit = FieldName.filterBit(of: hash)
    }

    /// FNV-1a, 64 bits. Equal hashes are always followed by a comparison of the text.
    static func hash(of text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let bytes = text.utf8.span
        for index in bytes.indices {
            hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3
        }
        return hash
    }

    /// One bit of 64; a union of these bits distinguishes most names from those of a set without a lookup.
    static func filterBit(of hash: UInt64) -> UInt64 { 1 << (hash >> 58) }

    /// The array index of a text such as `"0"` or `"42"`; `nil` for `"07"`, `"-1"` and numbers from 2^32 - 1 on
    /// (ECMA-262, array index).
    static func arrayIndex(_ text: String) -> Int? {
        let digits = text.utf8
        guard let first = digits.first, digits.count <= 10 else { return nil }
        if first == UInt8(ascii: "0") { return digits.count == 1 ? 0 : nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value < 0xffff_ffff ? value : nil
    }
}
