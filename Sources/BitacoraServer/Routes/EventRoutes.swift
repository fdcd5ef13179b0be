import EventLog
import Hummingbird
import HummingbirdCore
import JSON
import NIOCore
import ServiceLifecycle
import WebSocket

/// `/api/events` as plain HTTP: a list of events, long polling, one event, and appending.
///
/// Requests for event streams and WebSockets on the same path do not reach these routes: `RealtimeRouter` handles them.
struct EventRoutes {
    /// The maximum `wait`, in seconds: less than the usual timeout of proxies.
    static let maximumWait = 55
    /// The maximum size of the body of an append, in bytes.
    static let bodyLimit = 16 << 20
    /// The maximum depth of the body of an append: data of 64 levels, as everywhere, in an event in an array.
    private static let bodyDepth = 66
    private static let parameters = ["after", "lastEventId", "limit", "topics", "types", "since", "wait"]

    let reader: EventListReader
    /// Which events are rejected.
    let appendCheck: AppendCheck
    private var log: EventLog { reader.log }

    func list(_ request: Request, _ client: DisconnectWatcher) async throws -> Response {
        let query = request.query
        try query.rejectMisspellings(of: Self.parameters)
        let subscription = try EventSubscription(query, lastEventID: request.headers[.lastEventID])
        let limit = try EventListResponse.limit(query)
        let wait = try Self.wait(query)
        let list = try await reader.begin(subscription, limit: limit, for: client)
        guard list.count == 0, list.reset == nil, let wait else { return list.response(reader.limiter) }
        var response = try await longPoll(list, wait, client).response(reader.limiter)
        // Another request on this connection would wait as long as the long poll: the client opens another connection.
        response.headers[.connection] = "close"
        return response
    }

    private static func wait(_ query: Query) throws(Problem) -> Duration? {
        guard let text = query["wait"] else { return nil }
        guard let seconds = Double(text), seconds >= 0, seconds <= Double(maximumWait) else {
            throw .invalid("wait", "'\(text)' is not a number of seconds; write a number from 0 to \(maximumWait)")
        }
        return .seconds(seconds)
    }

    /// Waits for a matching event; ends when the time is over, the client disconnects or the server stops.
    private func longPoll(
        _ list: EventListResponse, _ wait: Duration, _ client: DisconnectWatcher
    ) async throws -> EventListResponse {
        try await client.withCancellationOnDisconnect {
            try await withThrowingTaskGroup(of: EventListResponse?.self) { group in
                group.addTask {
                    var list = list
                    while list.count == 0, !Task.isCancelled {
                        let next = list.next
                        await cancelWhenGracefulShutdown { await log.waitForEvents(after: next) }
                        if Task.isShuttingDownGracefully { break }
                        try await list.readNewEvents(reader.limiter)
                    }
                    return list
                }
                group.addTask {
                    try? await Task.sleep(for: wait)
                    return nil
                }
                var result = list
                // The first task that ends cancels the other one; the task that waits for events always returns the
                // list.
                for try await ended in group {
                    group.cancelAll()
                    if let ended { result = ended }
                }
                return result
            }
        }
    }

    func show(_ request: Request, _ offset: Offset) throws -> Response {
        var json: [UInt8]?
        do throws(ReadError) {
            try log.visit(offset) { json = $0.json }
        } catch {
            throw Problem(error)
        }
        guard let json else { throw Problem(noEventAt: offset, in: log, head: log.head) }
        // An event never changes, but another log at this address has other events.
        let tag = EntityTags.strong("\(log.id)-\(offset)")
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response.json(ByteBuffer(bytes: json))
        response.headers[.eTag] = tag
        return response
    }

    /// Appends one event or an array of events, all or none. The events are checked by `appendCheck` first.
    func append(_ request: Request) async throws -> Response {
        try request.refuseConditions()
        let key = request.headers[.idempotencyKey]
        let body = try await request.jsonText(limit: Self.bodyLimit, maximumDepth: Self.bodyDepth)
        let isArray = body.first == UInt8(ascii: "[")
        let events = try appendCheck.checked(try Self.events(body, isArray: isArray, key), isArray: isArray)
        let receipt: Receipt
        do throws(AppendError) {
            receipt = try await log.append(events)
        } catch {
            throw Problem(error)
        }
        let answer: JSONValue = [
            "offset": .number(JSONNumber(receipt.offset.rawValue)),
            "offsets": .array(receipt.offsets.map { .number(JSONNumber($0.rawValue)) }),
            "duplicates": .number(JSONNumber(receipt.duplicates)),
            "position": .string("\(Position(log: log.id, offset: receipt.offset))"),
        ]
        return .json(answer, status: .created)
    }

    /// - Parameter key: the request's `Idempotency-Key`, which becomes the id of its only event.
    private static func events(_ body: [UInt8], isArray: Bool, _ key: String?) throws(Problem) -> [NewEvent] {
        var events =
            isArray
            ? try elements(of: body)
            : [try body.span.bytes.withUnsafeBytes { (json) throws(Problem) in try NewEvent(json: json, path: "") }]
        guard let key else { return events }
        guard events.count == 1 else {
            throw Problem(
                .badRequest, "invalid",
                "Idempotency-Key is only for a body with one event; give each of several events an id instead",
                field: "Idempotency-Key")
        }
        if let id = events[0].id, !id.utf8.elementsEqual(key.utf8) {
            throw .unprocessable(
                isArray ? "[0].id" : "id",
                "id \(id) differs from the Idempotency-Key \(key); send only one of them, or the same text in both")
        }
        events[0].id = key
        return events
    }

    private static func elements(of body: [UInt8]) throws(Problem) -> [NewEvent] {
        var events: [NewEvent] = []
        var problem: Problem?
        do throws(JSONError) {
            try body.span.bytes.withUnsafeBytes { (json) throws(JSONError) in
                try JSONText.visitElements(of: json, maximumDepth: bodyDepth) { element in
                    do throws(Problem) {
                        events.append(try NewEvent(json: element, path: "[\(events.count)]."))
                    } catch {
                        problem = error
                    }
                    return problem == nil
                }
            }
        } catch {
            throw Problem(.badRequest, "invalid", "the body is not JSON: \(error)")
        }
        if let problem { throw problem }
        return events
    }
}
