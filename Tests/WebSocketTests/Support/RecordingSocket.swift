import NIOCore
import WebSocket

/// A WebSocket's application that keeps what it is told and can answer.
final class RecordingSocket: WebSocketDelegate {
    enum Told: Hashable, Sendable {
        case opened
        case text(String)
        case binary([UInt8])
        case writable(Bool)
        case closed(WebSocketClosure)
    }

    private(set) var told: [Told] = []
    var onOpen: (WebSocketConnection) -> Void = { _ in }
    var onText: (String, WebSocketConnection) -> Void = { _, _ in }

    func opened(_ connection: WebSocketConnection) {
        told.append(.opened)
        onOpen(connection)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        told.append(.text(String(buffer: text)))
        onText(String(buffer: text), connection)
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        told.append(.binary(Array(binary.readableBytesView)))
        connection.send(binary: binary)
    }

    func writabilityChanged(_ connection: WebSocketConnection) { told.append(.writable(connection.isWritable)) }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) { told.append(.closed(closure)) }

    var closures: [WebSocketClosure] {
        told.compactMap { if case .closed(let closure) = $0 { closure } else { nil } }
    }
}
