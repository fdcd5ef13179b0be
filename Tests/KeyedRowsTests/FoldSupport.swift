import JSON
import Testing

@testable import EventLog
@testable import KeyedRows

extension CollectionProjection {
    /// Folds events with consecutive offsets into a state.
    func fold(_ events: [NewEvent], into state: inout CollectionSet, after offset: Offset = .start) throws {
        let encoded = try EncodedEvents(events, EventLimits())
        for index in events.indices {
            guard let view = EventView(encoded[index], at: Offset(offset.rawValue + UInt64(index) + 1)) else {
                throw UnreadableEvent()
            }
            apply(view, to: &state)
        }
    }

    func folded(_ events: [NewEvent], after offset: Offset = .start) throws -> CollectionSet {
        var state = initial
        try fold(events, into: &state, after: offset)
        return state
    }

    /// A collection as text, as the command line shows it.
    func text(_ state: CollectionSet, _ name: String? = nil) -> String {
        String(decoding: state.json(name ?? definition.name), as: UTF8.self)
    }
}

struct UnreadableEvent: Error {}

func event(_ topic: String, _ type: String, _ data: String = "{}", id: String? = nil, source: String? = nil) -> NewEvent
{
    NewEvent(
        topic: topic, type: type, id: id, source: source, data: .json(Array(data.utf8)),
        time: Timestamp(microseconds: 1))
}

/// A collection `things` of the topics `things/NAME`, with the name as key.
func things(
    _ operations: [ExactText: [RowOperation]], key: ValueExpression = .topicLevel(1), indexes: [String] = [],
    groups: [GroupDefinition] = []
) -> CollectionProjection {
    CollectionProjection(
        CollectionDefinition(
            name: "things", from: TopicPattern(constant: "things/*"), key: key, operations: operations,
            indexes: indexes, groups: groups))
}
