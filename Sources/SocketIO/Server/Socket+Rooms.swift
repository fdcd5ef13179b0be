import Logging
import Synchronization

/// Rooms.
extension Socket {
    /// The rooms the socket is in, its own included; empty once it has ended.
    public var rooms: Set<String> {
        state.withLock { state in
            state.phase == .ended ? state.rooms : state.rooms.union([id])
        }
    }

    /// Joins rooms: gets what is emitted to them from now on.
    ///
    /// Beyond the options' `maximumRooms` nothing is joined, and a warning is logged.
    public func join(_ rooms: String...) { join(rooms) }

    /// Joins rooms.
    public func join(_ rooms: some Sequence<String>) {
        let wanted = rooms.filter { $0 != id }
        let maximum = namespace.server.options.maximumRooms
        let refused = state.withLock { state -> Bool in
            guard state.phase != .ended else { return false }
            let joined = state.rooms.union(wanted)
            guard joined.count < maximum else { return true }
            state.rooms = joined
            post(&state, .join(self, wanted))
            return false
        }
        if refused {
            namespace.server.logger.warning(
                "a socket may not join more rooms",
                metadata: ["maximum": "\(maximum)", "namespace": "\(namespace.name)"])
        }
    }

    /// Leaves rooms; its own it does not leave.
    public func leave(_ rooms: String...) { leave(rooms) }

    /// Leaves rooms.
    public func leave(_ rooms: some Sequence<String>) {
        let unwanted = rooms.filter { $0 != id }
        state.withLock { state in
            guard state.phase != .ended else { return }
            state.rooms.subtract(unwanted)
            post(&state, .leave(self, unwanted))
        }
    }

    /// Posts from inside the lock, so that the shard does it in the same order.
    ///
    /// Before CONNECT is answered the shard need not know: it gets the rooms with the answer.
    private func post(_ state: inout SocketState, _ post: Post) {
        guard state.phase == .connected else { return }
        state.roomPosts += 1
        namespace.server.switchboard.post(post, to: seat)
    }

    // MARK: From the shard

    /// The shard has done a `join` or `leave` of ours.
    func roomPostWasDone() {
        state.withLock { state in
            state.roomPosts -= 1
            guard state.roomPosts == 0, state.roomsAreStale, let member else { return }
            state.roomsAreStale = false
            state.rooms = Set(member.stays.map(\.room.name))
        }
    }

    /// The shard has changed the rooms for somebody else.
    func roomsWereChanged(_ stays: [SocketMember.Stay]) {
        state.withLock { state in
            guard state.phase == .connected else { return }
            guard state.roomPosts == 0 else { return state.roomsAreStale = true }
            state.rooms = Set(stays.map(\.room.name))
        }
    }
}
