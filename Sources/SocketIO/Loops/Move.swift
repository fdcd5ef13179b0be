/// A connection on its way to another shard.
final class Move: @unchecked Sendable {  // belongs to the old shard until it has departed, then to the new one
    let client: ClientConnection
    let destination: Shard
    /// Ends the engine's work on the old loop.
    let depart: @Sendable () -> Void
    /// Begins it on the new one.
    let arrive: @Sendable () -> Void
    /// The sockets that were connected, with the rooms they are in.
    var rooms: [(SocketMember, [String])] = []
    /// Whether the old shard has let it go. Only for the new one.
    var hasDeparted = false

    init(
        _ client: ClientConnection, to destination: Shard,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.destination = destination
        self.depart = depart
        self.arrive = arrive
    }
}
