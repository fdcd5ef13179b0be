import EventLog
import JSON

/// The baseline of folds: the same events in a plain Swift dictionary, without index, group, history and snapshots.
struct DictionaryFold: Projection {
    struct Order {
        let customer: JSONValue?
        let total: JSONValue?
        let status: JSONValue
        let placed: Timestamp
    }

    let name = "dictionary"
    let initial: [String: Order] = [:]

    func apply(_ event: borrowing EventView, to state: inout [String: Order]) {
        guard let data = event.jsonData else { return }
        state[String(event.topicText.dropFirst("orders/".utf8.count))] = Order(
            customer: data["customer"], total: data["total"], status: "placed", placed: event.time)
    }

    func encode(_ state: [String: Order]) -> [UInt8] { [] }

    func decode(_ bytes: [UInt8]) throws -> [String: Order] { [:] }
}
