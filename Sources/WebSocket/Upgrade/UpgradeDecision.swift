package import NIOCore
package import NIOHTTP1

/// How a request is handled. The application decides this on the event loop, from the head of the request.
package enum UpgradeDecision {
    /// The router answers the request.
    case http

    /// The application answers this one request on the event loop; then the connection goes on with HTTP.
    ///
    /// - Parameter make: makes the exchange's application, on the event loop, when all requests before this one are
    ///   answered. `make` is not called when the connection ends before that.
    case exchange(make: (any Channel) -> any HTTPExchangeDelegate)

    /// The connection becomes a WebSocket, or the answer says what is wrong with the handshake.
    ///
    /// - Parameters:
    ///   - options: limits and times of this socket.
    ///   - headers: further headers of the 101 response, such as `Sec-WebSocket-Protocol`.
    ///   - make: makes the socket's application, on the event loop, when the connection is taken over. `make` is not
    ///     called when the connection ends before that.
    case webSocket(
        options: WebSocketOptions = WebSocketOptions(), headers: HTTPHeaders = [:],
        make: (any Channel) -> any WebSocketDelegate)

    /// The connection becomes the body of one response, which ends when the connection closes.
    ///
    /// - Parameters:
    ///   - status: the response's status.
    ///   - headers: its headers; `Connection: close` is added.
    ///   - make: makes the stream's application, like that of a WebSocket.
    case stream(
        status: HTTPResponseStatus = .ok, headers: HTTPHeaders, make: (any Channel) -> any StreamConnectionDelegate)
}
