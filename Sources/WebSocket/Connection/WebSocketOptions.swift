/// Limits and times of one WebSocket.
package struct WebSocketOptions: Sendable {
    /// The longest message a peer may send, all fragments together; beyond it close 1009.
    package var maximumMessageBytes = 1 << 20
    /// The most frames of one message; beyond it close 1009.
    package var maximumFragments = 1 << 16
    /// How often the peer is pinged. A peer from which nothing has come and to which nothing could be
    /// written during the interval after a ping is cut. Nil: never.
    package var pingInterval: Duration? = .seconds(30)
    /// How long closing may take, from our close frame to the peer's end of the connection; then it is cut.
    package var closeTime = Duration.seconds(5)
    /// Bytes waiting for the peer above which the connection is not writable …
    package var highWaterMark = 64 << 10
    /// … until they are fewer than this.
    package var lowWaterMark = 32 << 10
    /// The largest single read; the system's buffer keeps the rest. Each connection keeps one such buffer.
    package var maximumReadBytes = 8 << 10

    package init() {}
}
