import SocketIO

/// What determines the bytes of an event over Socket.IO, the event aside.
struct SocketIOForm: Hashable, Sendable {
    let transport: Transport
    let namespace: String
    /// Whether each event ends with its position, which stock clients
    /// remember and send back when they reconnect.
    let hasPositions: Bool
}
