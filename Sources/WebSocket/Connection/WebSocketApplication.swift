package import NIOCore

/// What a WebSocket is for. Every call comes on the connection's event loop and must not block.
///
/// One object serves one connection, which keeps it until `closed`.
package protocol WebSocketDelegate: AnyObject {
    /// The handshake is done; what is sent now follows it. The first call.
    func opened(_ connection: WebSocketConnection)

    /// A whole text message, valid UTF-8.
    func received(text: ByteBuffer, on connection: WebSocketConnection)

    /// A whole binary message.
    func received(binary: ByteBuffer, on connection: WebSocketConnection)

    /// The peer has fallen behind, or caught up: see `isWritable`.
    func writabilityChanged(_ connection: WebSocketConnection)

    /// Nothing more can be sent and nothing more comes. The last call, exactly once, also when it was the
    /// application that closed; it may come from inside `close`.
    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection)
}
