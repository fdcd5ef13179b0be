/// All namespaces whose names fit a pattern: they exist as long as somebody is in them.
///
/// The handlers tell them apart by `socket.namespace`; to emit to one of them, ask for it by its name with
/// ``SocketIOServer/of(_:)``.
public final class DynamicNamespaces: ConnectionTarget {
    public let connections = NamespaceHandlers()
    let matches: @Sendable (String) -> Bool

    init(matches: @escaping @Sendable (String) -> Bool) { self.matches = matches }
}
