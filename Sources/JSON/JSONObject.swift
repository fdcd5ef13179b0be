/// The members of a JSON object, in the order they were first set.
///
/// A key that is set again keeps its position and gets the new value. Keys are compared byte by byte, as in JSON: `é`
/// written as one scalar and as two scalars are different keys, although Swift's strings are equal. Two objects are equal
/// when they have the same members in any order.
///
/// An object with at most 16 members is searched member by member. A larger object keeps an index, so that an object of
/// n keys is built in O(n).
public struct JSONObject: Sendable {
    /// The members, in the order they were first set.
    public private(set) var entries: [(key: String, value: JSONValue)] = []
    private var index: [ExactText: Int]?

    /// The largest number of members without an index. A hash of a key costs about as much as ten comparisons.
    static let indexThreshold = 16

    /// An object without members.
    public init() {}

    /// An object with members in their order; a repeated key keeps its first position and its last value.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// The number of members.
    public var count: Int { entries.count }
    /// Whether there are no members.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys, in the order they were first set.
    public var keys: some Collection<String> & Sendable { entries.map(\.key) }

    /// The value of a key; nil when the key is absent. Setting nil removes the member in O(count).
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { entries[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): entries[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[ExactText(key)] }
        return entries.firstIndex { ExactText($0.key) == ExactText(key) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        entries.append((key, value))
        if index != nil {
            index?[ExactText(key)] = entries.count - 1
        } else if entries.count > Self.indexThreshold {
            makeIndex()
        }
    }

    private mutating func remove(at position: Int) {
        entries.remove(at: position)
        if entries.count > Self.indexThreshold { makeIndex() } else { index = nil }
    }

    private mutating func makeIndex() {
        var index: [ExactText: Int] = [:]
        index.reserveCapacity(entries.count * 2)
        for (position, entry) in entries.enumerated() { index[ExactText(entry.key)] = position }
        self.index = index
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object with members in their order; a repeated key keeps its first position and its last value.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}

extension JSONObject: Hashable {
    /// Whether both objects have the same members, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.entries.indices.allSatisfy { position in
            let (key, value) = left.entries[position]
            let other = right.entries[position]
            if ExactText(other.key) == ExactText(key) { return other.value == value }
            return right[key] == value
        }
    }

    /// Adds the hashes of the members, because their order does not matter.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in entries {
            var member = Hasher()
            member.combine(ExactText(key))
            member.combine(value)
            sum &+= member.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}
