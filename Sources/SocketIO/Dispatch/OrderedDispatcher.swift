import NIOCore
import Synchronization

/// Brings what any task does to the event loops that do it, in one order.
///
/// One lock guards the mailboxes of all shards and the seats of all connections: whatever is posted has
/// one place in one order, and every shard goes through its share of it in that order. So a socket has
/// every broadcast that was posted behind its CONNECT or `join`, once, and tasks see their own calls
/// happen in the order in which they made them.
///
/// A connection that moves from loop A to loop B does so at a place in that order:
///
/// ```
///  order    … 5 6 [move] 7 8 …
///  A        5, 6 for the socket; lets it go ──┐
///  B        5, 6 for others; waits ───────────┴► takes it in; 7, 8
/// ```
///
/// B waits only in its mailbox, not with its loop, and A never waits for B at that place. Of all moves
/// under way the first in the order can always go on, so loops cannot wait for each other in a circle.
final class Switchboard: Sendable {
    private struct State {
        var mailboxes: [Mailbox] = []
        var shards: [ObjectIdentifier: Int] = [:]
        /// Whether the server has closed: its loops may be gone.
        var isClosed = false
    }

    private let state = Mutex(State())
    private let options: SocketIOOptions

    init(_ options: SocketIOOptions) { self.options = options }

    /// The shard of a loop, made when the loop is first seen.
    func shard(of loop: any EventLoop) -> Shard {
        state.withLock { state in
            if let index = state.shards[ObjectIdentifier(loop)] { return state.mailboxes[index].shard }
            let shard = Shard(index: state.mailboxes.count, loop: loop, switchboard: self, options: options)
            state.shards[ObjectIdentifier(loop)] = shard.index
            state.mailboxes.append(Mailbox(of: shard))
            return shard
        }
    }

    /// The loop that serves a connection now.
    func loop(of seat: Seat) -> any EventLoop {
        state.withLock { $0.mailboxes[seat.shard].shard.loop }
    }

    /// One of the loops; nil as long as no client has come.
    var anyLoop: (any EventLoop)? {
        state.withLock { $0.mailboxes.first?.shard.loop }
    }

    /// Posts to the shard of one connection.
    func post(_ post: Post, to seat: Seat) {
        let asleep = state.withLock { state in
            guard !state.isClosed, state.mailboxes[seat.shard].append(post) else { return nil as Shard? }
            return state.mailboxes[seat.shard].shard
        }
        asleep?.wake()
    }

    /// Posts to all shards, at the same place of the order for all of them.
    ///
    /// - Parameter willPost: told how many shards there are, before any of them can act on it.
    func postToAll(_ post: Post, willPost: (Int) -> Void = { _ in }) {
        let asleep = state.withLock { state in
            willPost(state.isClosed ? 0 : state.mailboxes.count)
            var asleep: [Shard] = []
            guard !state.isClosed else { return asleep }
            for index in state.mailboxes.indices where state.mailboxes[index].append(post) {
                asleep.append(state.mailboxes[index].shard)
            }
            return asleep
        }
        for shard in asleep { shard.wake() }
    }

    /// Gives a connection another shard.
    func post(_ move: Move, of seat: Seat) {
        let asleep = state.withLock { state in
            var asleep: [Shard] = []
            if state.mailboxes[seat.shard].append(.depart(move)) { asleep.append(state.mailboxes[seat.shard].shard) }
            seat.shard = move.destination.index
            if state.mailboxes[seat.shard].append(.arrive(move)) { asleep.append(state.mailboxes[seat.shard].shard) }
            return asleep
        }
        for shard in asleep { shard.wake() }
    }

    /// Nothing is posted any more: to be called when no connection is left.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// What waits for a shard.
    func take(for shard: Shard) -> Shard.Posts {
        state.withLock { $0.mailboxes[shard.index].take() }
    }
}

/// Where a connection's sockets are served: what they and their connection share.
final class Seat: Sendable {
    /// The index of the shard which gets what is posted now; guarded by the switchboard's lock.
    nonisolated(unsafe) var shard: Int
    private let isOnWebSocket: Atomic<Bool>

    init(shard: Int, transport: Transport) {
        self.shard = shard
        isOnWebSocket = Atomic(transport == .webSocket)
    }

    /// The transport as of the last upgrade; from any thread.
    var transport: Transport {
        get { isOnWebSocket.load(ordering: .relaxed) ? .webSocket : .polling }
        set { isOnWebSocket.store(newValue == .webSocket, ordering: .relaxed) }
    }
}
