import EventLog
import Hummingbird
import JSON
import Marketplace
import WebSocket

/// `/api/messages`: the chat.
struct MessageRoutes {
    static let bodyLimit = 64 << 10

    let market: Market
    let pages: EventPages

    /// The messages as events; `after`, `since` and `limit` as for `/api/events`.
    func list(_ request: Request, _ client: DisconnectWatcher) async throws -> Response {
        let query = request.query
        try query.allowOnly(["after", "since", "limit"])
        let subscription = EventSubscription(
            start: try EventSubscription.start(query),
            filter: EventFilter(topics: [TopicPattern(MarketplaceTopic.chat)].compactMap { $0 }))
        let page = try await pages.begin(subscription, limit: try EventPage.limit(query), for: client)
        return page.response(listName: "messages", pages.turns)
    }

    func post(_ request: Request) async throws -> Response {
        try request.query.allowOnly([])
        try request.refuseConditions()
        let data = try await request.json(limit: Self.bodyLimit)
        let command = Command(name: "message.post", data: data)
        let outcome = try await market.perform(command, id: request.headers[.idempotencyKey], source: "http")
        return .json(["offset": .number(JSONNumber(outcome.offset.rawValue))], status: .created)
    }
}
