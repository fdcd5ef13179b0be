import JSON
import Logging
import Synchronization

extension Socket {
    /// The rooms that the socket is in, including its own; empty after it has ended.
    ///
    /// Two rooms whose names differ only in their Unicode form are two rooms, of which the set has one.
    public var rooms: Set<String> {
        state.withLock { state in
            let rooms = Set(state.rooms.map(\.text))
            return state.phase == .ended ? rooms : rooms.union([id])
        }
    }

    /// Joins rooms: the socket gets the events that are emitted to them from now on.
    ///
    /// If the socket would be in more than ``SocketIOOptions/maximumRooms`` rooms, it joins none of them, and a warning
    /// is logged.
    public func join(_ rooms: String...) { join(rooms) }

    /// Joins rooms: the socket gets the events that are emitted to them from now on.
    ///
    /// If the socket would be in more than ``SocketIOOptions/maximumRooms`` rooms, it joins none of them, and a warning
    /// is logged.
    public func join(_ rooms: some Sequence<String>) {
        let added = rooms.filter { $0 != id }
        let maximum = namespace.server.options.maximumRooms
        let isRefused = state.withLock { state -> Bool in
            guard state.phase != .ended else { return false }
            let joined = state.rooms.union(added.map { ExactText($0) })
            guard joined.count < maximum else { return true }
            state.rooms = joined
            enqueue(.join(self, added), &state)
            return false
        }
        if isRefused {
            namespace.server.logger.warning(
                "a socket did not join rooms, because it would be in too many",
                metadata: ["maximum": "\(maximum)", "namespace": "\(namespace.name)"])
        }
    }

    /// Leaves rooms. A socket cannot leave the room of its own id.
    public func leave(_ rooms: String...) { leave(rooms) }

    /// Leaves rooms. A socket cannot leave the room of its own id.
    public func leave(_ rooms: some Sequence<String>) {
        let removed = rooms.filter { $0 != id }
        state.withLock { state in
            guard state.phase != .ended else { return }
            state.rooms.subtract(removed.map { ExactText($0) })
            enqueue(.leave(self, removed), &state)
        }
    }

    /// Enqueues inside the lock, so that the loop performs joins and leaves in the same order.
    ///
    /// Before CONNECT is answered nothing is enqueued: the operation that answers CONNECT carries the rooms.
    private func enqueue(_ operation: LoopOperation, _ state: inout SocketState) {
        guard state.phase == .connected else { return }
        state.pendingRoomOperations += 1
        enqueue(operation)
    }

    // MARK: From the loop

    /// The loop has performed a join or leave of this socket.
    func roomOperationWasDone() {
        state.withLock { state in
            state.pendingRoomOperations -= 1
            guard state.pendingRoomOperations == 0, state.roomsAreStale, let member else { return }
            state.roomsAreStale = false
            state.rooms = Set(member.memberships.map { ExactText($0.room.name) })
        }
    }

    /// The loop has performed a `socketsJoin` or `socketsLeave`.
    func roomsWereChanged(_ memberships: [SocketMember.RoomMembership]) {
        state.withLock { state in
            guard state.phase == .connected else { return }
            guard state.pendingRoomOperations == 0 else { return state.roomsAreStale = true }
            state.rooms = Set(memberships.map { ExactText($0.room.name) })
        }
    }
}
