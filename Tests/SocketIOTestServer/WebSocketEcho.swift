import HummingbirdCore
import NIOCore
import WebSocket

/// Sends every message back, for conformance suites for WebSockets.
final class WebSocketEcho: WebSocketDelegate {
    func opened(_ connection: WebSocketConnection) {}

    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text: text) }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) { connection.send(binary: binary) }

    func writabilityChanged(_ connection: WebSocketConnection) {}

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}

extension HTTPServerBuilder {
    /// A server that is an echo on every path. It accepts messages of 16 MiB, which the suites send.
    static var webSocketEcho: HTTPServerBuilder {
        HTTPServerBuilder { responder in
            HTTPUpgradeChannel(responder: responder) { _, _ in
                var options = WebSocketOptions()
                options.maximumMessageBytes = 16 << 20
                return .webSocket(options: options) { _ in WebSocketEcho() }
            }
        }
    }
}
