import NIOCore
import WebSocket

/// A delegate of a WebSocket that records its calls and can answer.
final class RecordingSocket: WebSocketDelegate {
    enum Call: Hashable, Sendable {
        case opened
        case text(String)
        case binary([UInt8])
        case writable(Bool)
        case closed(WebSocketClosure)
    }

    private(set) var calls: [Call] = []
    var onOpen: (WebSocketConnection) -> Void = { _ in }
    var onText: (String, WebSocketConnection) -> Void = { _, _ in }

    func opened(_ connection: WebSocketConnection) {
        calls.append(.opened)
        onOpen(connection)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        calls.append(.text(String(buffer: text)))
        onText(String(buffer: text), connection)
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        calls.append(.binary(Array(binary.readableBytesView)))
        connection.send(binary: binary)
    }

    func writabilityChanged(_ connection: WebSocketConnection) { calls.append(.writable(connection.isWritable)) }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) { calls.append(.closed(closure)) }

    var closures: [WebSocketClosure] {
        calls.compactMap { if case .closed(let closure) = $0 { closure } else { nil } }
    }
}
