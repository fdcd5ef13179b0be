import EventLog
import JSON

/// Counts the events of each topic; begins after trimmed events where there is no snapshot.
struct TopicCounts: Projection {
    var name = "counts"
    let initial: [String: Int] = [:]

    func initial(afterTrimmed offset: Offset) -> [String: Int]? { [:] }

    func apply(_ event: borrowing EventView, to state: inout [String: Int]) {
        state[event.topicText, default: 0] += 1
    }

    func encode(_ state: [String: Int]) -> [UInt8] {
        var object = JSONObject()
        for (topic, count) in state.sorted(by: { $0.key < $1.key }) { object[topic] = .number(JSONNumber(count)) }
        return JSONValue.object(object).bytes
    }

    func decode(_ bytes: [UInt8]) throws -> [String: Int] {
        let entries = try JSONValue(parsing: bytes).object?.entries ?? []
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value.int ?? 0) })
    }
}
