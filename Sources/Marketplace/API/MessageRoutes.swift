import BitacoraServer
import Commands
import EventLog
import Hummingbird
import JSON

/// `/api/messages`: the chat.
struct MessageRoutes {
    static let bodyLimit = 64 << 10

    let server: Server

    /// The messages as events; `after`, `since` and `limit` as for `/api/events`.
    func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let filter = EventFilter(topics: [TopicPattern(MarketplaceTopic.chat)].compactMap { $0 })
        return try await server.listEvents(request, context, filter, named: "messages")
    }

    func post(_ request: Request) async throws -> Response {
        try request.refuseConditions()
        let data = try await request.json(limit: Self.bodyLimit)
        let command = Command(name: "message.post", data: data)
        let outcome = try await server.perform(command, id: request.idempotencyKey, source: "http")
        return .json(["offset": .number(JSONNumber(outcome.offset.rawValue))], status: .created)
    }
}
