import JSON

/// What changed from one JSON value to another, by path: `products[3].price` from `10` to `12`.
///
/// Objects are held against each other by member; arrays of objects that all have an `id` by that, others by place.
struct StateDifference {
    /// How many changes are told; the others are counted.
    static let maximumChanges = 100

    enum Kind: String {
        case added
        case removed
        case changed
    }

    struct Change: Equatable {
        let path: String
        let kind: Kind
        /// Null when it was added.
        let before: JSONValue
        /// Null when it was removed.
        let after: JSONValue
    }

    private(set) var changes: [Change] = []
    private(set) var count = 0

    init(from before: JSONValue, to after: JSONValue) {
        compare(before, after, "")
    }

    private mutating func compare(_ before: JSONValue, _ after: JSONValue, _ path: String) {
        switch (before, after) {
        case (.object(let one), .object(let other)):
            compareMembers(one.entries.map { ($0.key, $0.value) }, other.entries.map { ($0.key, $0.value) }) { path.isEmpty ? $0 : path + "." + $0 }
        case (.array(let one), .array(let other)):
            if let one = Self.byID(one), let other = Self.byID(other) {
                compareMembers(one, other) { "\(path)[\($0)]" }
            } else {
                compareMembers(Self.byPlace(one), Self.byPlace(other)) { "\(path)[\($0)]" }
            }
        default:
            if before != after { tell(path, .changed, before, after) }
        }
    }

    private mutating func compareMembers(
        _ before: [(String, JSONValue)], _ after: [(String, JSONValue)], _ path: (String) -> String
    ) {
        let old = Dictionary(before, uniquingKeysWith: { $1 })
        let new = Dictionary(after, uniquingKeysWith: { $1 })
        for (key, value) in before where new[key] == nil { tell(path(key), .removed, value, nil) }
        for (key, value) in after {
            if let earlier = old[key] {
                compare(earlier, value, path(key))
            } else {
                tell(path(key), .added, nil, value)
            }
        }
    }

    private mutating func tell(_ path: String, _ kind: Kind, _ before: JSONValue, _ after: JSONValue) {
        count += 1
        if changes.count < Self.maximumChanges { changes.append(Change(path: path, kind: kind, before: before, after: after)) }
    }

    /// Nil unless every element is an object with an id of its own.
    private static func byID(_ elements: [JSONValue]) -> [(String, JSONValue)]? {
        var ids: Set<String> = []
        var members: [(String, JSONValue)] = []
        for element in elements {
            guard let id = element["id"]?.text, ids.insert(id).inserted else { return nil }
            members.append((id, element))
        }
        return members
    }

    private static func byPlace(_ elements: [JSONValue]) -> [(String, JSONValue)] {
        elements.enumerated().map { (String($0.offset), $0.element) }
    }
}
