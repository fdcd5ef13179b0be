/// How a WebSocket came to its end.
package struct WebSocketClosure: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// The peer sent a close frame.
        case peer
        /// We sent one: asked for by the application, for a violation or because the server stops.
        case server
        /// The connection went away, or was cut because the peer no longer answered.
        case lost
    }

    package let origin: Origin
    /// `missing` when the peer gave none, `abnormal` when the connection was lost.
    package let code: WebSocketCloseCode
    package let reason: String
}
