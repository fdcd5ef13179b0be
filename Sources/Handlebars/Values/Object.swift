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
