import EventLog
import Handlebars
import HTTPTypes
import Hummingbird
import Inspection
import JSON

/// `/transports`: the page that reads one stream in five ways at once, and the form that appends an event to it.
///
/// What is appended is of a topic of its own, which nothing else is made of. The page's script appends through
/// `POST /api/events`; the form is for who has none.
struct TransportRoutes: Sendable {
    static let view = "transports"
    static let topic = "transports"
    static let eventType = "transports.tick"
    /// How many of the newest events the page tells.
    static let maximumEvents = 10
    /// The largest body of the form, in bytes.
    static let bodyLimit = 4 << 10
    /// The longest name of a page, in bytes.
    static let maximumPage = 64

    let log: EventLog
    let views: ViewEngine

    func show(_ request: Request) throws -> Response {
        return try show(request, page: Self.newPage(), problem: nil)
    }

    /// Appends one event, the first and only one of the page that the form was on, and leads back to the page (303).
    ///
    /// The same form sent twice takes effect once. What the log refuses is told beside the button, with the status
    /// that the API gives it.
    func append(_ request: Request) async throws -> Response {
        let sent = try await request.form(limit: Self.bodyLimit)
        try sent.fields.allowOnly(["page"])
        let page = sent.fields["page"] ?? ""
        guard (1...Self.maximumPage).contains(page.utf8.count) else {
            throw Problem.invalid(
                "page", "page is what the form had in it, a text of 1 … \(Self.maximumPage) bytes; load the page again")
        }
        let data = JSONValue.object(["number": .number(JSONNumber(1)), "page": .string(page)])
        let event = NewEvent(
            topic: Self.topic, type: Self.eventType, id: sent.id, source: "form", data: .json(data.bytes))
        do throws(AppendError) {
            _ = try await log.append([event])
        } catch {
            return try show(request, page: page, problem: Problem(error))
        }
        return .seeOther("/transports#newest")
    }

    private func show(_ request: Request, page: String, problem: Problem?) throws -> Response {
        let offset = log.head
        let data: Value = [
            "title": "Transports", "isTransports": true, "sheet": "transports", "offset": Value(offset.rawValue),
            "logId": .string("\(log.id)"),
            "position": .string("\(Position(log: log.id, offset: offset))"), "page": .string(page),
            "events": .list(try newest(through: offset), EventRow.shape), "blank": EventRow.blank,
            "problem": problem.map { .string(ShownText.escaped($0.detail)) } ?? .null,
        ]
        var response = Response.page(try views.render(Self.view, data), request, status: problem?.status ?? .ok)
        // Each page has a name of its own in its form: a copy that is kept would be sent as the same form again.
        response.headers[.cacheControl] = "no-store"
        for field in problem?.headers ?? [:] { response.headers.append(field) }
        return response
    }

    /// The newest events of the topic, the newest first.
    private func newest(through offset: Offset) throws -> [EventRow] {
        let filter = EventFilter(topics: [TopicPattern(Self.topic)].compactMap { $0 })
        do throws(ReadError) {
            let found = try log.readBackward(before: offset.next, filter: filter, limit: Self.maximumEvents)
            return try EventRow.read(found.events.map(\.offset), from: log)
        } catch {
            throw Problem(error)
        }
    }

    private static func newPage() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }
}
