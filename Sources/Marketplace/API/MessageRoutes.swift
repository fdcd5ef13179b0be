import BitacoraServer
import Commands
import EventLog
import Hummingbird
import JSON

/// `/api/messages`: reads and posts messages of the chat.
struct MessageRoutes {
    /// The largest body of a request, in bytes.
    static let bodyLimit = 64 << 10

    let server: Server

    /// The messages as events; the parameters `after`, `since` and `limit` are those of `/api/events`.
    func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let filter = EventFilter(topics: [MarketplaceTopic.chatPattern])
        return try await server.listEvents(request, context, filter, named: "messages")
    }

    func post(_ request: Request) async throws -> Response {
        try request.refuseConditions()
        let data = try await request.json(limit: Self.bodyLimit)
        let outcome = try await server.perform("message.post", data, for: request)
        return .json(["offset": .number(JSONNumber(outcome.offset.rawValue))], status: .created)
    }
}
