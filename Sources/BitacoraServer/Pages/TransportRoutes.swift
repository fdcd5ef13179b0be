import EventLog
import Handlebars
import HTTPTypes
import Hummingbird
import Inspection
import JSON

/// `/transports`: the page that receives the same events over five transports at once, and its form that appends an
/// event.
///
/// The events have a topic of their own, which no projection uses. The page's script appends through `POST
/// /api/events`; the form works without JavaScript.
struct TransportRoutes: Sendable {
    static let view = "transports"
    static let topic = "transports"
    static let eventType = "transports.tick"
    /// How many of the newest events the page shows.
    static let maximumEvents = 10
    /// The maximum size of a submitted form, in bytes.
    static let bodyLimit = 4 << 10
    /// The maximum length of the id of a page, in bytes.
    static let maximumPage = 64

    let log: EventLog
    let views: ViewEngine
    /// Which events are rejected: a folder application may declare the topic.
    let appendCheck: AppendCheck

    func show(_ request: Request) throws -> Response {
        return try show(request, page: Self.newPage(), problem: nil)
    }

    /// Appends the event of a submitted form, and redirects to the page (303).
    ///
    /// A form that is submitted twice takes effect once. If the event cannot be appended, the page shows the error
    /// beside the button and has the status that the API would answer.
    func append(_ request: Request) async throws -> Response {
        let form = try await request.form(limit: Self.bodyLimit)
        try form.fields.rejectNames(besides: ["page"])
        let page = form.fields["page"] ?? ""
        guard (1...Self.maximumPage).contains(page.utf8.count) else {
            throw Problem.invalid(
                "page",
                "page has \(page.utf8.count) bytes and must have 1 to \(Self.maximumPage); load the page again and submit its form"
            )
        }
        let data = JSONValue.object(["number": .number(JSONNumber(1)), "page": .string(page)])
        let event = NewEvent(
            topic: Self.topic, type: Self.eventType, id: form.id, source: "form", data: .json(data.bytes))
        do throws(Problem) {
            try await append(event)
        } catch {
            return try show(request, page: page, problem: error)
        }
        return .seeOther("/transports#newest")
    }

    private func append(_ event: NewEvent) async throws(Problem) {
        let events = try appendCheck.checked([event], isArray: false)
        do throws(AppendError) {
            _ = try await log.append(events)
        } catch {
            throw Problem(error)
        }
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
        // The form of each page has its own id: a cached copy of the page would be submitted as the same form again.
        response.headers[.cacheControl] = "no-store"
        for field in problem?.headers ?? [:] { response.headers.append(field) }
        return response
    }

    /// The newest events of the topic, the newest first.
    private func newest(through offset: Offset) throws -> [EventRow] {
        let filter = EventFilter(topics: [TopicPattern(constant: Self.topic)])
        do throws(ReadError) {
            let found = try log.readBackward(before: offset.next, filter: filter, limit: Self.maximumEvents)
            return try EventRow.read(found.events.map(\.offset), from: log)
        } catch {
            throw Problem(error)
        }
    }

    private static func newPage() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }
}
