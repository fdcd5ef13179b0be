import NIOCore
import NIOHTTP1

/// A request that the connection itself answers, after all requests before it are answered.
enum HeldRequest {
    case refusal(RequestRejection)
    /// - Parameters:
    ///   - head: the response's head, as bytes.
    ///   - make: makes the handler that owns the connection after the head has been written.
    ///   - readsOn: whether the handler gets the bytes after the request.
    case takeover(head: ByteBuffer, make: (any Channel) -> any ChannelHandler, readsOn: Bool)

    /// - Returns: nil when the request goes to the router or is an exchange.
    init?(_ head: HTTPRequestHead, _ decision: UpgradeDecision) {
        switch decision {
        case .http, .exchange: return nil
        case .webSocket(let options, let headers, let make):
            do throws(RequestRejection) {
                var answer = try WebSocketHandshake.accept(head)
                answer.add(contentsOf: headers)
                self = .takeover(
                    head: ResponseHead.bytes(.switchingProtocols, answer),
                    make: { WebSocketConnection(channel: $0, application: make($0), options: options) }, readsOn: true)
            } catch {
                self = .refusal(error)
            }
        case .stream(let status, var headers, let make):
            guard !head.hasBody else {
                self = .refusal(.unexpectedBody)
                return
            }
            headers.replaceOrAdd(name: "Connection", value: "close")
            self = .takeover(
                head: ResponseHead.bytes(status, headers),
                make: { StreamConnection(channel: $0, application: make($0)) }, readsOn: false)
        }
    }

    /// Whether the bytes after the request must not be lost.
    var readsOn: Bool {
        if case .takeover(_, _, let readsOn) = self { readsOn } else { false }
    }

    var isTakeover: Bool {
        if case .takeover = self { true } else { false }
    }
}
