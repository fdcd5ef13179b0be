import Declarations
import EventLog

/// What the check of topics and schemas costs an append, beside the append.
struct CheckFigures {
    private static let schema = #"""
        {"type":"object","required":["customer","total"],"properties":{
          "customer":{"type":"string","maxLength":40},"total":{"type":"number","minimum":0},
          "items":{"type":"integer","minimum":1},"currency":{"enum":["EUR","USD"]}}}
        """#

    /// The cost of appending an event without application.
    let append: EventCost
    /// As many groups of events are checked as were appended.
    private var rounds: Int { append.events / OrderHistory.group }

    func measure(_ report: BenchReport) throws {
        for (name, topics) in [
            ("undeclared topic", #"{"carts/{cart}":{"order.placed":{}}}"#),
            ("topic without schema", #"{"orders/{order}":{"order.placed":{}}}"#),
            ("small schema", #"{"orders/{order}":{"order.placed":{"schema":\#(Self.schema)}}}"#),
        ] {
            let rules = try OrderApplication.definition(#"{"topics":\#(topics)}"#).topics
            report.add(
                "check, \(name)", try cost(of: rules).nanoseconds, "ns/event",
                baseline: ("the append", append.nanoseconds))
        }
    }

    private func cost(of rules: TopicRules) throws -> EventCost {
        let events = OrderHistory(count: OrderHistory.group, isSequential: true).events(from: 0)
        let time = try ProcessUsage.measure {
            for _ in 0..<rounds {
                for event in events {
                    try rules.check(
                        topic: event.topic, type: event.type, data: event.data, allowsCommandTypes: false)
                }
            }
        }
        return EventCost(time: time, events: rounds * events.count)
    }
}
