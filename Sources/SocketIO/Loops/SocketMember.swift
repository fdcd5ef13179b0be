/// One socket on its event loop: what the shard knows of it.
final class SocketMember {
    enum Phase {
        /// CONNECT has come; the middleware or the order has not yet let it be answered.
        case admitting
        /// CONNECT is about to be answered: what the client sends meanwhile counts.
        case answering
        /// In the shard's tables.
        case connected
        case gone
    }

    /// A room and where the socket stands in it.
    struct Stay {
        let room: ShardRoom
        var place: Int
    }

    let socket: Socket
    let client: ClientConnection
    /// Made when CONNECT is answered, where a backend has admitted the socket.
    let admission: Admission?
    /// Whether the client takes a trailing string for an offset.
    let isGuarded: Bool
    var backend: (any SocketBackend)?
    /// What the backend writes to while it is attached.
    var outlet: SocketOutlet?
    var phase = Phase.admitting
    /// Where it stands in its namespace.
    var place = 0
    /// The rooms it has joined; its own is understood.
    var stays: [Stay] = []
    /// The last pass over an audience that has come by: see ``ShardNamespace``.
    var visited: UInt64 = 0

    init(_ socket: Socket, of client: ClientConnection, admission: Admission? = nil) {
        self.socket = socket
        self.client = client
        self.admission = admission
        isGuarded = socket.pid != nil
    }

    func write(_ packet: OutgoingPacket) {
        client.link.write(packet.rendered(for: client.link.transport, guarded: isGuarded))
    }

    func write(_ rendering: inout Rendering) {
        client.link.write(rendering.bytes(for: client.link.transport, guarded: isGuarded))
    }
}
