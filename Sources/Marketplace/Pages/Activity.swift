import EventLog
import Handlebars
import JSON
import Marketplace

/// What happened to products last, up to an offset.
struct Activity: Sendable {
    /// How many events are told.
    static let maximumCount = 5

    private struct Entry: Sendable {
        let offset: Offset
        let time: Timestamp
        let deed: String
        let title: String
    }

    private let entries: [Entry]

    /// - Parameter state: that of `offset`, which knows the titles that events do not repeat.
    init(through offset: Offset, in log: EventLog, _ state: MarketplaceState) throws(ReadError) {
        let filter = EventFilter(topics: [TopicPattern(MarketplaceTopic.products)].compactMap { $0 })
        entries = try log.readBackward(before: offset.next, filter: filter, limit: Self.maximumCount).events.compactMap
        { event in
            guard let deed = Self.deeds[event.type], case .json(let bytes) = event.data,
                let data = try? JSONValue(parsing: bytes),
                let id = data["id"]?.int
            else { return nil }
            let title = data["title"]?.string ?? state.product(id)?.title ?? "product \(id)"
            return Entry(offset: event.offset, time: event.time, deed: deed, title: title)
        }
    }

    private static let deeds = [
        MarketplaceEventType.productCreated: "entered", MarketplaceEventType.productUpdated: "changed",
        MarketplaceEventType.productDeleted: "deleted",
    ]

    /// As the templates see it.
    var value: Value {
        .list(entries) { entry in
            [
                "offset": Value(entry.offset.rawValue), "time": .string(entry.time.description),
                "clock": .string(entry.time.toTheSecond),
                "deed": .string(entry.deed), "title": .string(entry.title),
            ]
        }
    }
}
