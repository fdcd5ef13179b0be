package import NIOCore
package import NIOHTTP1

/// How a request is handled. The application decides this on the event loop, from the head of the request.
package enum UpgradeDecision {
    /// The router answers the request.
    case http

    /// The application answers this one request on the event loop; then the connection continues with HTTP.
    ///
    /// - Parameter make: makes the exchange's delegate, on the event loop, when all requests before this one are
    ///   answered. `make` is not called when the connection ends before that.
    case exchange(make: (any Channel) -> any HTTPExchangeDelegate)

    /// The connection becomes a WebSocket, or the answer says what is wrong with the handshake.
    ///
    /// - Parameters:
    ///   - options: limits and times of this socket.
    ///   - headers: further headers of the 101 response, such as `Sec-WebSocket-Protocol`.
    ///   - make: makes the socket's delegate, on the event loop, when the connection is upgraded. `make` is not
    ///     called when the connection ends before that.
    case webSocket(
        options: WebSocketOptions = WebSocketOptions(), headers: HTTPHeaders = [:],
        make: (any Channel) -> any WebSocketDelegate)

    /// The connection becomes the body of one response, which ends when the connection closes.
    ///
    /// - Parameters:
    ///   - status: the response's status.
    ///   - headers: its headers; `Connection: close` is added.
    ///   - make: makes the stream's delegate, like that of a WebSocket.
    case stream(
        status: HTTPResponseStatus = .ok, headers: HTTPHeaders, make: (any Channel) -> any StreamConnectionDelegate)
}

/// A request that the connection itself answers, after all requests before it are answered.
enum HeldRequest {
    case rejection(RequestRejection)
    case upgrade(Upgrade)

    /// How the connection leaves HTTP.
    struct Upgrade {
        typealias MakeHandler = (any Channel) -> any ChannelHandler

        /// The response's head, as bytes.
        let responseHead: ByteBuffer
        /// Makes the handler that owns the connection after the head has been written.
        let makeHandler: MakeHandler
        /// Whether the handler gets the bytes after the request.
        let readsFurtherBytes: Bool
    }
}

/// The request after which a connection does not read HTTP any more, and how far its handling has come.
///
/// ```
///  no request ─ hold ─► held ─ earlier responses end, decoder removed ─► upgraded
///                        └─ drop: the connection closes instead
/// ```
struct HeldRequestState {
    /// The last request of the connection, if the connection itself answers it.
    private(set) var request: HeldRequest?
    /// The bytes after the request that the decoder has not parsed.
    private(set) var unparsedBytes: ByteBuffer?
    /// Whether the connection belongs to the handler of the upgrade.
    private(set) var isUpgraded = false

    /// The upgrade that the request asks for.
    var upgrade: HeldRequest.Upgrade? {
        if case .upgrade(let upgrade) = request { upgrade } else { nil }
    }

    /// Whether the bytes after the request must not be lost.
    var needsFurtherBytes: Bool { upgrade?.readsFurtherBytes == true }

    /// Holds a request, in place of an earlier one.
    mutating func hold(_ request: HeldRequest) { self.request = request }

    /// The decoder has been removed, and leaves these bytes.
    mutating func decoderLeft(_ bytes: ByteBuffer) { unparsedBytes = bytes }

    /// The connection has been handed over.
    mutating func upgraded() { isUpgraded = true }

    /// The request is not handled any more.
    mutating func drop() { request = nil }
}

/// Where a request goes.
enum RequestRoute {
    /// The router answers the request; the target of the head is in origin form.
    case router(HTTPRequestHead)
    case exchange(PendingExchange)
    case held(HeldRequest)

    /// Checks the head of a request against the limits and the rules of HTTP, and asks the application.
    init(
        _ received: HTTPRequestHead, _ limits: ConnectionLimits, _ decide: HTTPUpgradeChannel.Decision,
        _ channel: any Channel
    ) {
        if let rejection = RequestRejection.of(received, limits) {
            self = .held(.rejection(rejection))
            return
        }
        let head = received.inOriginForm
        switch decide(head, channel) {
        case .http: self = .router(head)
        case .exchange(let make): self = .exchange(PendingExchange(head: head, makeDelegate: make))
        case .webSocket(let options, let headers, let make):
            self = .held(
                .webSocket(head, headers) { WebSocketConnection(channel: $0, delegate: make($0), options: options) })
        case .stream(let status, let headers, let make):
            self = .held(.stream(head, status, headers) { StreamConnection(channel: $0, delegate: make($0)) })
        }
    }
}

extension HeldRequest {
    /// The upgrade of a request to a WebSocket, or the rejection of a request that is no handshake.
    fileprivate static func webSocket(
        _ head: HTTPRequestHead, _ headers: HTTPHeaders, makeHandler: @escaping Upgrade.MakeHandler
    ) -> HeldRequest {
        do throws(RequestRejection) {
            var answer = try WebSocketHandshake.accept(head)
            answer.add(contentsOf: headers)
            return .upgrade(
                Upgrade(
                    responseHead: ResponseHead.bytes(.switchingProtocols, answer), makeHandler: makeHandler,
                    readsFurtherBytes: true))
        } catch {
            return .rejection(error)
        }
    }

    /// The response that is a stream, or the rejection of a request with a body.
    fileprivate static func stream(
        _ head: HTTPRequestHead, _ status: HTTPResponseStatus, _ headers: HTTPHeaders,
        makeHandler: @escaping Upgrade.MakeHandler
    ) -> HeldRequest {
        guard !head.hasBody else { return .rejection(.unexpectedBody) }
        var headers = headers
        headers.replaceOrAdd(name: "Connection", value: "close")
        return .upgrade(
            Upgrade(
                responseHead: ResponseHead.bytes(status, headers), makeHandler: makeHandler, readsFurtherBytes: false))
    }
}
