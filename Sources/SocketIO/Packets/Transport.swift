/// How the packets of a session travel.
public enum Transport: String, Sendable, Hashable, CaseIterable {
    /// HTTP long-polling: one GET waits for packets, a POST brings some.
    case polling
    /// One WebSocket message a packet.
    case webSocket = "websocket"
}
