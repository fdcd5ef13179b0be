/// Fields by name, in JavaScript's order: names that are array indices ascending, then the others as they came.
///
/// A value type with copy on write. Up to `Storage.indexThreshold` fields are searched one after the
/// other, which beats hashing for the few fields a page reads; more are found through an index.
public struct Object: Sendable {
    var storage: Storage

    /// Shared by every call without `name=value` arguments.
    static let empty = Object()

    /// An object without fields.
    public init() {
        storage = Storage()
    }

    init(storage: Storage) {
        self.storage = storage
    }

    /// A new object with the same fields, which is not identical to `other`.
    init(copying other: Object) {
        storage = Storage(copying: other.storage)
    }

    /// An object without fields, with room for some.
    public init(minimumCapacity: Int) {
        storage = Storage()
        storage.entries.reserveCapacity(minimumCapacity)
    }

    /// The value of a field, `nil` when there is none. Setting `nil` removes it.
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

    /// How many fields there are.
    public var count: Int { storage.entries.count }
    /// Whether there are none.
    public var isEmpty: Bool { storage.entries.isEmpty }
    /// The names of the fields in order.
    public var keys: [String] { storage.entries.map(\.key) }

    /// All fields in order.
    public var entries: [(key: String, value: Value)] { storage.entries.map { ($0.key, $0.value) } }

    /// The fields of both; where both have one, that of `other`.
    public func merging(_ other: Object) -> Object {
        var result = self
        for entry in other.storage.entries { result[entry.key] = entry.value }
        return result
    }
}

extension Object: ExpressibleByDictionaryLiteral {
    /// These fields; of a repeated name the first place and the last value.
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

/// The name of a field with its hash worked out once, so that a lookup compares two words
/// before it compares any text.
struct FieldName: Sendable {
    let text: String
    let hash: UInt64
    /// The position it names in an array, when it is written as JavaScript would write an index.
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
        for place in bytes.indices {
            hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01b3
        }
        return hash
    }

    /// One bit of 64, by which most names are told from those of a set without looking them up.
    static func filterBit(of hash: UInt64) -> UInt64 { 1 << (hash >> 58) }

    /// `"0"`, `"7"`, `"42"`, but not `"07"`, `"-1"` or anything from 2^32 - 1 on (ECMA-262, array index).
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
