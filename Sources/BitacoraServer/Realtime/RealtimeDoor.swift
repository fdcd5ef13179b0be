import EventLog
import NIOCore
import NIOHTTP1
import WebSocket

/// Decides on the event loop which requests leave HTTP: WebSockets and event
/// streams on `/api/events`. Whatever is wrong with one is the router's to answer.
struct RealtimeDoor: Sendable {
    static let path = "/api/events"

    let market: Market
    let delivery: Delivery
    let policy: OriginPolicy

    func decide(_ head: HTTPRequestHead, _ channel: any Channel) -> Takeover {
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
        let query = Query(ofTarget: head.uri)
        try query.allowOnly(EventRoutes.parameters)
        return try EventSubscription(query, lastEventID: isSocket ? nil : head.headers.first(name: "Last-Event-ID"))
    }

    private func socket(_ subscription: EventSubscription) -> Takeover {
        .webSocket { channel in
            EventSocket(hub: delivery.hub(of: channel), market: market, subscription: subscription)
        }
    }

    private func stream(_ subscription: EventSubscription, _ head: HTTPRequestHead) -> Takeover {
        var headers = EventStream.headers
        if let origin = head.headers.first(name: "Origin"), policy.isForeign(origin) {
            headers.add(name: "Access-Control-Allow-Origin", value: origin)
            headers.add(name: "Vary", value: "Origin")
        }
        return .stream(headers: headers) { channel in
            EventStream(hub: delivery.hub(of: channel), log: market.log, subscription: subscription)
        }
    }

    private static func has(_ head: HTTPRequestHead, _ name: String, _ token: String) -> Bool {
        head.headers[canonicalForm: name].contains { $0.prefix { $0 != ";" }.lowercased() == token }
    }
}
