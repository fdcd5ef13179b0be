import EventLog
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import WebSocket

/// Decides on the event loop which requests leave HTTP: WebSockets and event
/// streams on `/api/events`. Whatever is wrong with one is the router's to answer.
struct RealtimeDoor: Sendable {
    static let path = "/api/events"
    /// What a socket or stream may ask for; pages of a limited size are for plain HTTP.
    private static let parameters: Set<String> = ["after", "lastEventId", "topics", "types", "since"]

    let market: Market
    let delivery: Delivery
    let policy: OriginPolicy

    func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> UpgradeDecision {
        guard head.method == .GET, head.uri.prefix(while: { $0 != "?" }) == Self.path else { return .http }
        let isSocket = Self.has(head, "Upgrade", "websocket")
        guard isSocket || Self.has(head, "Accept", "text/event-stream") else { return .http }
        let subscription: EventSubscription
        do throws(Problem) {
            try policy.check(origin: head.headers.first(name: "Origin"), host: head.headers.first(name: "Host"))
            subscription = try Self.subscription(head, isSocket: isSocket)
        } catch {
            return .http
        }
        return isSocket ? socket(subscription) : stream(subscription, head)
    }

    static func subscription(_ head: HTTPRequestHead, isSocket: Bool) throws(Problem) -> EventSubscription {
        try subscription(
            Query(ofTarget: head.uri), lastEventID: isSocket ? nil : head.headers.first(name: "Last-Event-ID"))
    }

    /// Says what is wrong with a socket or stream that the connection left to the router.
    static func check(_ request: Request) throws(Problem) {
        let isSocket = has(request, .upgrade, "websocket")
        guard isSocket || has(request, .accept, "text/event-stream") else { return }
        _ = try subscription(request.query, lastEventID: isSocket ? nil : request.headers[.lastEventID])
    }

    private static func subscription(_ query: Query, lastEventID: String?) throws(Problem) -> EventSubscription {
        try query.allowOnly(parameters)
        return try EventSubscription(query, lastEventID: lastEventID)
    }

    private func socket(_ subscription: EventSubscription) -> UpgradeDecision {
        var options = WebSocketOptions()
        options.maximumMessageBytes = EventSocket.maximumMessage
        return .webSocket(options: options) { channel in
            EventSocket(hub: delivery.hub(of: channel.eventLoop), market: market, subscription: subscription)
        }
    }

    private func stream(_ subscription: EventSubscription, _ head: HTTPRequestHead) -> UpgradeDecision {
        var headers = EventStream.headers
        for field in policy.headers(for: head.headers.first(name: "Origin")) {
            headers.add(name: field.name.rawName, value: field.value)
        }
        return .stream(headers: headers) { channel in
            EventStream(hub: delivery.hub(of: channel.eventLoop), subscription: subscription)
        }
    }

    private static func has(_ head: HTTPRequestHead, _ name: String, _ token: String) -> Bool {
        head.headers[canonicalForm: name].contains { Self.token($0) == token }
    }

    /// A request's lists are still whole, each line of a header a value.
    private static func has(_ request: Request, _ name: HTTPField.Name, _ token: String) -> Bool {
        request.headers[values: name].contains { $0.split(separator: ",").contains { Self.token($0) == token } }
    }

    /// What a list names, without its parameters and the spaces around it.
    private static func token(_ value: some StringProtocol) -> String {
        String(value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }).lowercased()
    }
}
