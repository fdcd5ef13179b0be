import EventLog
import Handlebars
import Inspection
import JSON

/// A state of the past as the inspector shows it: its values, its lists, and what changed since another offset.
struct StateView: Sendable {
    /// The largest state that is laid out on a page, in bytes of JSON.
    static let maximumBytes = 4 << 20
    /// How many elements of a list are shown.
    static let maximumElements = 50
    /// How many changes are shown; the others are counted.
    static let maximumChanges = 100
    /// How much of an element, and of a value before and after a change, is shown, in bytes.
    private static let elementBytes = 400

    private let name: String
    let offset: Offset
    /// What it is held against.
    let against: Offset
    /// Nil when it is too large to lay out.
    private let parts: (state: JSONValue, changes: [JSONChange])?

    /// Folds both states; call it through a `WorkGate`.
    init(at offset: Offset, against: Offset, _ states: any PastStates) throws(ReadError) {
        name = states.name
        self.offset = offset
        self.against = against
        // The earlier one first: the later one begins there.
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

    /// As the templates see it.
    var value: Value {
        var object: Object = [
            "offset": Value(offset.rawValue), "against": Value(against.rawValue),
            "eventLink": offset > .start ? .string("/log/\(offset)") : .null,
            "jsonLink": .string("/api/state/\(name)?at=\(offset)"),
        ]
        guard let parts else {
            object["isTooLarge"] = true
            return .object(object)
        }
        let members = parts.state.object?.entries ?? []
        object["values"] = .array(
            members.filter { $0.value.array == nil }.map {
                [
                    "name": .string($0.key), "value": .string(Self.text($0.value)),
                ]
            })
        object["lists"] = .array(members.compactMap { member in member.value.array.map { Self.list(member.key, $0) } })
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

    private static func list(_ name: String, _ elements: [JSONValue]) -> Value {
        let shown = elements.suffix(maximumElements)
        return [
            "name": .string(name), "count": .string(Amount.grouped(elements.count)),
            "leftOut": Value(elements.count - shown.count),
            "elements": .array(shown.map { .string(text($0)) }),
        ]
    }

    private static func text(_ value: JSONValue) -> String { ShownText.beginning(of: value.bytes, bytes: elementBytes) }
}
