import EventLog
import Handlebars
import Inspection
import JSON

/// A past state as the inspector shows it: its values, its lists, and the changes since another offset.
struct StateView: Sendable {
    /// The maximum size of a state that a page shows, in bytes of JSON.
    static let maximumBytes = 4 << 20
    /// The maximum number of elements of a list that are shown.
    static let maximumElements = 50
    /// The maximum number of changes that are shown; the others are counted.
    static let maximumChanges = 100
    /// The maximum number of bytes that are shown of an element, and of a value before and after a change.
    private static let elementBytes = 400

    private let name: String
    /// Whether the page names the state, because the server has several.
    private let isNamed: Bool
    let offset: Offset
    /// The offset of the state that it is compared with.
    let against: Offset
    /// Nil when the state is too large to show.
    private let parts: (state: JSONValue, changes: [JSONChange])?

    /// Computes both states; call this through a `ConcurrencyLimiter`.
    ///
    /// - Parameter isNamed: whether the server has several states, so that the page must say which one this is.
    init(at offset: Offset, against: Offset, _ states: any PastStates, isNamed: Bool = false) throws(ReadError) {
        name = states.name
        self.isNamed = isNamed
        self.offset = offset
        self.against = against
        // The earlier state first: the later one is folded from it.
        let earlier = try states.encodedState(at: min(offset, against))
        let later = try states.encodedState(at: max(offset, against))
        guard max(earlier.count, later.count) <= Self.maximumBytes, let one = try? JSONValue(parsing: earlier),
            let other = try? JSONValue(parsing: later)
        else {
            parts = nil
            return
        }
        let (before, after) = against <= offset ? (one, other) : (other, one)
        parts = (after, JSONChange.between(before, after))
    }

    /// The data of the template.
    var value: Value {
        var object: Object = [
            "offset": Value(offset.rawValue), "against": Value(against.rawValue),
            "eventLink": offset > .start ? .string("/log/\(offset)" + Query.text(choice)) : .null,
            "jsonLink": .string("/api/state/\(Query.encoded(name))?at=\(offset)"),
            "name": isNamed ? .string(ShownText.escaped(name)) : .null,
        ]
        guard let parts else {
            object["isTooLarge"] = true
            return .object(object)
        }
        let members = parts.state.object?.entries ?? []
        object["values"] = .array(
            members.filter { Self.elements(of: $0.value) == nil }.map {
                [
                    "name": .string($0.key), "value": .string(Self.text($0.value)),
                ]
            })
        object["lists"] = .array(
            members.compactMap { member in Self.elements(of: member.value).map { Self.list(member.key, $0) } })
        object["changes"] = .array(
            parts.changes.prefix(Self.maximumChanges).map { change in
                [
                    "path": .string(ShownText.escaped(change.path)), "kind": .string(change.kind.rawValue),
                    "before": change.before.map { .string(Self.text($0)) } ?? .null,
                    "after": change.after.map { .string(Self.text($0)) } ?? .null,
                ]
            })
        object["changeCount"] = .string(Amount.counted(parts.changes.count, "change"))
        object["changesLeftOut"] = Value(max(0, parts.changes.count - Self.maximumChanges))
        return .object(object)
    }

    /// The parameter that keeps the choice of this state in a link; none when the server has one state.
    private var choice: [(name: String, value: String)] { isNamed ? [("state", name)] : [] }

    /// The elements of an array, or the members of an object, which are shown as `name: value`; nil for another value.
    private static func elements(of value: JSONValue) -> [(name: String?, value: JSONValue)]? {
        value.array?.map { (nil, $0) } ?? value.object?.entries.map { ($0.key, $0.value) }
    }

    private static func list(_ name: String, _ elements: [(name: String?, value: JSONValue)]) -> Value {
        let shown = elements.suffix(maximumElements)
        return [
            "name": .string(name), "count": .string(Amount.grouped(elements.count)),
            "leftOut": Value(elements.count - shown.count),
            "elements": .array(
                shown.map { element in
                    let name = element.name.map { ShownText.beginning(of: Array($0.utf8), bytes: elementBytes) + ": " }
                    return .string((name ?? "") + text(element.value))
                }),
        ]
    }

    private static func text(_ value: JSONValue) -> String { ShownText.beginning(of: value.bytes, bytes: elementBytes) }
}
