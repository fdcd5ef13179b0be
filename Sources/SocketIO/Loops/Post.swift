/// What a shard is told, in the order in which it is posted.
enum Post: Sendable {
    /// Answer the CONNECT and let the socket have what is posted behind this. `rooms`: those joined before.
    case connect(Socket, rooms: [String])
    case emit(Socket, OutgoingPacket, isVolatile: Bool)
    case broadcast(Broadcast)
    case join(Socket, [String])
    case leave(Socket, [String])
    /// Ends the socket, or with `close` its connection.
    case disconnect(Socket, close: Bool)
    /// Something rare, done at its place in the order.
    case perform(@Sendable (Shard) -> Void)
    /// The sockets of a connection leave for another shard.
    case depart(Move)
    /// They arrive at this one: nothing behind this is done before they have.
    case arrive(Move)
    /// Packets had to be dropped: see ``Mailbox``.
    case overflow

    /// What it counts in a mailbox.
    var bytes: Int {
        switch self {
        case .emit(_, let packet, _): packet.byteCount
        case .broadcast(let broadcast): broadcast.packet.byteCount
        default: 0
        }
    }

    var isPacket: Bool {
        switch self {
        case .emit, .broadcast: true
        default: false
        }
    }
}
