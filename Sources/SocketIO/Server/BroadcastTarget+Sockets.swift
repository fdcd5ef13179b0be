extension BroadcastTarget {
    /// The sockets that are meant, as of this place in the order of all calls.
    public func fetchSockets() async -> [Socket] {
        let target = everyone
        return await withCheckedContinuation { continuation in
            let collector = SocketCollector(continuation)
            let audience = target.audience
            target.server.switchboard.postToAll(
                .perform { shard in
                    collector.add(shard.members(in: audience).map(\.socket))
                }
            ) { shards in collector.expect(shards: shards) }
        }
    }

    /// Makes all sockets that are meant join these rooms.
    ///
    /// One that may not be in more rooms stays where it is.
    public func socketsJoin(_ rooms: String...) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(.perform { shard in shard.join(rooms, audience: audience) })
    }

    /// Makes all sockets that are meant leave these rooms.
    public func socketsLeave(_ rooms: String...) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(.perform { shard in shard.leave(rooms, audience: audience) })
    }

    /// Ends all sockets that are meant.
    ///
    /// - Parameter close: whether their connections are closed too.
    public func disconnectSockets(close: Bool = false) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(
            .perform { shard in
                for member in shard.members(in: audience) { member.client.dismiss(member.socket, close: close) }
            })
    }
}
