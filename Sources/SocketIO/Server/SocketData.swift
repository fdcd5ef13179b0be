import Synchronization

/// What an application keeps with a socket, by name; from any task.
public struct SocketData: Sendable {
    private let socket: Socket

    init(_ socket: Socket) { self.socket = socket }

    /// Reads nil where nothing of the type is kept under the name.
    public subscript<Value: Sendable>(_ name: String) -> Value? {
        get { socket.state.withLock { $0.data[name] } as? Value }
        nonmutating set {
            // The old value is let go outside the lock, which its `deinit` may ask for.
            _ = socket.state.withLock { state in
                defer { state.data[name] = newValue }
                return state.data[name]
            }
        }
    }
}

extension Socket {
    /// What the application keeps with this socket: `socket.data["user"] = user`.
    public var data: SocketData {
        SocketData(self)
    }
}
