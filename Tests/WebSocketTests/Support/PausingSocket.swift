import NIOCore
import WebSocket

/// A WebSocket that echoes text, and pauses at the text "pause" until the test ends it.
final class PausingSocket: WebSocketDelegate {
    /// A connection that has paused, which the test resumes from outside the event loop.
    struct Pause: Sendable {
        fileprivate let connection: NIOLoopBound<WebSocketConnection>
        fileprivate let loop: any EventLoop

        func end() { loop.execute { connection.value.isPaused = false } }

        func close() { loop.execute { connection.value.close() } }
    }

    private let ended: AsyncStream<String>.Continuation
    private let pausing: AsyncStream<Pause>.Continuation

    init(_ ended: AsyncStream<String>.Continuation, _ pausing: AsyncStream<Pause>.Continuation) {
        self.ended = ended
        self.pausing = pausing
    }

    func opened(_ connection: WebSocketConnection) {}

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        guard String(buffer: text) == "pause" else { return connection.send(text: text) }
        connection.isPaused = true
        let loop = connection.channel.eventLoop
        pausing.yield(Pause(connection: NIOLoopBound(connection, eventLoop: loop), loop: loop))
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.send(text: "\(binary.readableBytes)")
    }

    func writabilityChanged(_ connection: WebSocketConnection) {}

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        ended.yield("socket \(closure.origin) \(closure.code.rawValue)")
    }
}
