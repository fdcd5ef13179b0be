import SocketIO

/// Determines the bytes of an event over Socket.IO, together with the event.
struct SocketIOForm: Hashable, Sendable {
    let transport: Transport
    let namespace: String
    /// Whether each event ends with its position, which stock clients keep and send when they reconnect.
    let hasPositions: Bool
}
