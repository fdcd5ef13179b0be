import EventLog
import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import SocketIO
import WebSocket

/// Decides on the event loop which requests become a WebSocket or an event stream.
///
/// An invalid request for a socket or a stream is answered here with the problem; every other request goes to the
/// routes.
struct RealtimeRouter: Sendable {
    let endpoints: [any RealtimeEndpoint]
    let commands: any CommandPerformer
    let policy: OriginPolicy
    let security: SecurityHeaders

    func route(_ head: HTTPRequestHead) -> UpgradeDecision {
        let path = head.uri.prefix { $0 != "?" }
        guard head.method == .GET, let endpoint = endpoints.first(where: { $0.accepts(path) }) else { return .http }
        let isSocket = Self.has(head, "Upgrade", "websocket")
        guard isSocket || Self.has(head, "Accept", "text/event-stream") else { return .http }
        do throws(Problem) {
            try checkOrigin(head)
            try EncodedText.check(target: head.uri)
            let delivery = try endpoint.delivery(
                path, Query(ofTarget: head.uri), lastEventID: isSocket ? nil : head.headers.first(name: "Last-Event-ID")
            )
            return isSocket ? socket(delivery) : stream(delivery, head)
        } catch {
            return refuse(error, head)
        }
    }

    private func checkOrigin(_ head: HTTPRequestHead) throws(Problem) {
        do throws(OriginPolicy.Rejection) {
            try policy.check(head)
        } catch {
            throw Problem(error)
        }
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

    private func socket(_ delivery: @escaping RealtimeEndpoint.MakeDelivery) -> UpgradeDecision {
        var options = WebSocketOptions()
        options.maximumMessageBytes = RealtimeSocket.maximumMessage
        return .webSocket(options: options) { channel in
            RealtimeSocket(delivery(channel.eventLoop, .webSocket), commands: commands, on: channel.eventLoop)
        }
    }

    private func stream(_ delivery: @escaping RealtimeEndpoint.MakeDelivery, _ head: HTTPRequestHead) -> UpgradeDecision
    {
        var headers = RealtimeStream.headers
        headers.add(policy.headers(for: head.headers.first(name: "Origin")))
        return .stream(headers: headers) { channel in
            RealtimeStream(delivery(channel.eventLoop, .serverSentEvents))
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
