import EventLog
import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import SocketIO
import WebSocket

/// Decides on the event loop which requests for `/api/events` become a WebSocket or an event stream.
///
/// An invalid request for a socket or a stream is answered here with the problem; every other request goes to the
/// routes.
struct RealtimeRouter: Sendable {
    static let path = "/api/events"
    private static let parameters = ["after", "lastEventId", "topics", "types", "since"]
    /// The parameters of JSON answers, which sockets and streams reject.
    private static let listParameters = ["limit", "wait"]

    let commands: any CommandPerformer
    let delivery: Delivery
    let policy: OriginPolicy
    let security: SecurityHeaders

    func route(_ head: HTTPRequestHead) -> UpgradeDecision {
        guard head.method == .GET, head.uri.prefix(while: { $0 != "?" }) == Self.path else { return .http }
        let isSocket = Self.has(head, "Upgrade", "websocket")
        guard isSocket || Self.has(head, "Accept", "text/event-stream") else { return .http }
        do throws(Problem) {
            let subscription = try subscription(head, isSocket: isSocket)
            return isSocket ? socket(subscription) : stream(subscription, head)
        } catch {
            return refuse(error, head)
        }
    }

    private func subscription(_ head: HTTPRequestHead, isSocket: Bool) throws(Problem) -> EventSubscription {
        do throws(OriginPolicy.Rejection) {
            try policy.check(head)
        } catch {
            throw Problem(error)
        }
        let query = Query(ofTarget: head.uri)
        try query.rejectMisspellings(of: Self.parameters)
        if let name = Self.listParameters.first(where: { query[$0] != nil }) {
            throw .invalid(
                name, "\(name) is a parameter of JSON answers; remove it from the address of a socket or stream")
        }
        return try EventSubscription(query, lastEventID: isSocket ? nil : head.headers.first(name: "Last-Event-ID"))
    }

    private func refuse(_ problem: Problem, _ head: HTTPRequestHead) -> UpgradeDecision {
        var fields = problem.headers
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        fields.append(contentsOf: policy.headers(for: head.headers.first(name: "Origin")))
        security.set(in: &fields)
        var headers = HTTPHeaders()
        headers.add(fields)
        let answer = FixedResponse(
            HTTPResponseStatus(statusCode: problem.status.code, reasonPhrase: problem.status.reasonPhrase), headers,
            ByteBuffer(bytes: problem.json.bytes))
        return .exchange { _ in answer }
    }

    private func socket(_ subscription: EventSubscription) -> UpgradeDecision {
        var options = WebSocketOptions()
        options.maximumMessageBytes = EventSocket.maximumMessage
        return .webSocket(options: options) { channel in
            EventSocket(hub: delivery.hub(of: channel.eventLoop), commands: commands, subscription: subscription)
        }
    }

    private func stream(_ subscription: EventSubscription, _ head: HTTPRequestHead) -> UpgradeDecision {
        var headers = EventStream.headers
        headers.add(policy.headers(for: head.headers.first(name: "Origin")))
        return .stream(headers: headers) { channel in
            EventStream(hub: delivery.hub(of: channel.eventLoop), subscription: subscription)
        }
    }

    private static func has(_ head: HTTPRequestHead, _ name: String, _ token: String) -> Bool {
        head.headers[canonicalForm: name].contains { Self.token($0) == token }
    }

    /// The token of an element of a list, without parameters and spaces.
    private static func token(_ value: some StringProtocol) -> String {
        String(value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }).lowercased()
    }
}
