package import NIOCore
package import NIOHTTP1

/// What becomes of a request: the application decides it on the event loop, from the request's head.
package enum Takeover {
    /// The router answers it.
    case http

    /// The application answers this one request on the event loop; then the connection goes on with HTTP.
    ///
    /// - Parameter make: makes the exchange's application, on the event loop, when everything before the
    ///   request is answered. It is not called for a connection that ended before.
    case exchange(make: (any Channel) -> any ExchangeApplication)

    /// The connection becomes a WebSocket, or the client is told what is wrong with its handshake.
    ///
    /// - Parameters:
    ///   - options: limits and times of this socket.
    ///   - headers: further headers of the 101 response, such as `Sec-WebSocket-Protocol`.
    ///   - make: makes the socket's application, on the event loop, when the connection is taken
    ///     over. It is not called for a connection that ended before its turn came.
    case webSocket(
        options: WebSocketOptions = WebSocketOptions(), headers: HTTPHeaders = [:],
        make: (any Channel) -> any WebSocketApplication)

    /// The connection becomes the body of one response, which ends when the connection closes.
    ///
    /// - Parameters:
    ///   - status: the response's status.
    ///   - headers: its headers; `Connection: close` is added.
    ///   - make: makes the stream's application, like that of a WebSocket.
    case stream(
        status: HTTPResponseStatus = .ok, headers: HTTPHeaders, make: (any Channel) -> any StreamApplication)
}
