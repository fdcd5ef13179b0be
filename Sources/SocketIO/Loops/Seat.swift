import Synchronization

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
