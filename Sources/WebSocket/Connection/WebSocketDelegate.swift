package import NIOCore

/// Receives the messages of a WebSocket. All calls are made on the connection's event loop and must not block.
///
/// One object serves one connection. The connection keeps the object until `closed`.
package protocol WebSocketDelegate: AnyObject {
    /// The handshake is complete; messages that are sent now follow the response. The first call.
    func opened(_ connection: WebSocketConnection)

    /// A whole text message, valid UTF-8.
    func received(text: ByteBuffer, on connection: WebSocketConnection)

    /// A whole binary message.
    func received(binary: ByteBuffer, on connection: WebSocketConnection)

    /// The peer has fallen behind or has caught up: see `isWritable`.
    func writabilityChanged(_ connection: WebSocketConnection)

    /// Nothing more can be sent or received. The last call, exactly once, also when the delegate closed the connection.
    /// It may be made from inside `close`.
    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection)
}

/// Why a WebSocket was closed.
package struct WebSocketClosure: Hashable, Sendable {
    /// Which side closed the connection.
    package enum Origin: Hashable, Sendable {
        /// The peer sent a close frame.
        case peer
        /// The server sent a close frame: the delegate closed the connection, the peer violated the protocol, or the
        /// server is shutting down.
        case server
        /// The connection ended without a close frame, or was closed because the peer did not answer any more.
        case lost
    }

    /// Which side closed the connection.
    package let origin: Origin
    /// `missing` when the peer sent no code, `abnormal` when the connection was lost.
    package let code: WebSocketCloseCode
    /// The reason in the close frame; may be empty.
    package let reason: String
}

/// The limits and times of one WebSocket.
package struct WebSocketOptions: Sendable {
    /// The maximum number of bytes of a message that a peer sends, all fragments together. A longer message closes the
    /// connection with 1009.
    package var maximumMessageBytes = 1 << 20
    /// The maximum number of frames of one message. More frames close the connection with 1009.
    package var maximumFragments = 1 << 16
    /// How often the peer is pinged; nil means never. The connection is closed when, during the interval after a ping,
    /// nothing arrived from the peer and nothing could be written to it.
    package var pingInterval: Duration? = .seconds(30)
    /// How long closing may take, from the server's close frame to the end of the connection. Then the connection is
    /// closed without waiting for the peer.
    package var closeTime = Duration.seconds(5)
    /// The connection becomes unwritable when more bytes than this wait for the peer …
    package var highWaterMark = 64 << 10
    /// … and becomes writable again when fewer bytes than this wait.
    package var lowWaterMark = 32 << 10
    /// The maximum number of bytes of one read. Each connection keeps a buffer of this size.
    package var maximumReadBytes = 8 << 10

    /// The default limits.
    package init() {}
}
