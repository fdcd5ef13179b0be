import Declarations
import EventLog
import KeyedRows

/// A history of orders: one event for each row.
struct OrderHistory {
    /// How many events are appended together.
    static let group = 1000

    let count: Int
    let isSequential: Bool

    /// The events with the numbers from `start` on.
    func events(from start: Int) -> [NewEvent] { (start..<min(start + Self.group, count)).map(event) }

    private func event(_ number: Int) -> NewEvent {
        // The factor is a prime number, so that no key occurs twice.
        let id = isSequential ? number : number * 15_485_863 % count
        let data =
            #"{"customer":"\#(customer(number))","total":\#(number % 1000).\#(10 + number % 90),"currency":"EUR","note":"nothing to add","items":3}"#
        return NewEvent(topic: "orders/\(1_000_000 + id)", type: "order.placed", data: .json(Array(data.utf8)))
    }

    /// One of about 10,000 customers.
    func customer(_ number: Int) -> String { "customer-\(10_000 + number * 31 % 9973)" }

    /// Appends all events.
    ///
    /// - Returns: the processor time of the appends alone.
    func append(to log: EventLog) async throws -> EventCost {
        var time = Duration.zero
        for start in stride(from: 0, to: count, by: Self.group) {
            let events = events(from: start)
            let begin = ProcessUsage.time
            try await log.append(events)
            time += ProcessUsage.time - begin
        }
        return EventCost(time: time, events: count)
    }
}

/// The time that events took.
struct EventCost {
    let time: Duration
    let events: Int

    var nanoseconds: Double { time / .nanoseconds(1) / Double(events) }
    var perSecond: Double { Double(events) / (time / .seconds(1)) }
}

/// The application with the collection `orders`: 4 fields.
enum OrderApplication {
    /// The collection, if wanted with an index and with a group that has a count and a sum.
    static func orders(hasIndex: Bool, hasGroup: Bool) throws -> CollectionProjection {
        let group =
            #","customers":{"of":"orders","by":"customer","fields":{"orders":"count","spent":"sum total"}}"#
        let definition = try definition(
            #"""
            {"topics":{"orders/{order}":{"order.placed":{}}},
             "collections":{"orders":{"from":"orders/*","key":"topic.order",\#(hasIndex ? #""index":["customer"],"# : "")
               "on":{"order.placed":{"put":{
                 "customer":"data.customer","total":"data.total","status":"=placed","placed":"time"}}}}\#(hasGroup ? group : "")}}
            """#)
        return CollectionProjection(definition.collections[0])
    }

    /// A collection that no event of the history changes.
    static func unrelated() throws -> CollectionProjection {
        let definition = try definition(
            #"{"collections":{"none":{"from":"none","key":"id","on":{"none":{"put":{"n":"data.n"}}}}}}"#)
        return CollectionProjection(definition.collections[0])
    }

    static func definition(_ text: String) throws -> ApplicationDefinition {
        try ApplicationDefinition(files: ["app.json": Array(text.utf8)])
    }
}
