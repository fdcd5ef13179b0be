import EventLog
import Inspection
import NIOCore
import Synchronization

/// The subscription of one connection: a filter, and the last offset that was delivered.
///
/// A WebSocket, an event stream and a Socket.IO socket each own the subscriber of their connection and report to it
/// what happens to the connection. All of its state belongs to the event loop of its hub.
final class Subscriber {
    /// The part of a connection that the hub uses.
    protocol Connection: AnyObject {
        /// Whether bytes can be written without being queued.
        var isWritable: Bool { get }
        /// Writes and flushes encoded events.
        func write(_ bytes: ByteBuffer)
        /// Ends the connection because the log cannot be read.
        func fail(_ error: ReadError)
    }

    enum Phase: Equatable {
        /// The log is searched for the start.
        case starting
        /// History is written whenever the connection is writable.
        case catchingUp
        /// The subscriber has all events and is the member `index` of its group.
        case live(index: Int)
        /// The connection is not writable; only the offset of the subscriber is kept.
        case behind
        /// The delivery has ended.
        case removed
    }

    /// Whether the subscriber has been removed; read by the threads that read history for the subscriber.
    final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    let kind: ChunkKind
    let cancellation = Cancellation()
    /// The last event that was delivered; for a live subscriber, see `deliveredOffset`.
    var offset = Offset.start
    var phase = Phase.starting
    /// The subscriber's group while it is live.
    var group: LiveGroup?
    /// Whether the start has been found. Until then `offset` has no meaning.
    var hasBegun = false
    /// The task that searches the log for the start.
    var startSearch: Task<Void, Never>?
    /// Whether another thread is reading history for the subscriber.
    var isReading = false
    /// The chunk after `after` that another thread has read for the subscriber.
    var read: (after: Offset, chunk: Chunk)?
    /// Whether the message `replayed` has been sent.
    var isReplayed = false
    private(set) weak var connection: (any Connection)?
    /// The owner of a connection keeps its hub, or the hubs of all loops, as long as the connection.
    private unowned let hub: Hub

    /// - Parameter hub: the hub of the connection's event loop.
    init(kind: ChunkKind, connection: any Connection, hub: Hub) {
        self.kind = kind
        self.connection = connection
        self.hub = hub
    }

    /// Begins the delivery; call this once. A reset is sent first when the log does not have `start`.
    func begin(from start: StartPoint) { hub.add(self, from: start) }

    /// Begins the delivery where the delivery of an earlier subscriber of the same client ended.
    ///
    /// When the earlier subscriber had not begun, the delivery begins at `start`.
    func begin(after earlier: Subscriber, or start: StartPoint) {
        guard earlier.hasBegun else { return begin(from: start) }
        isReplayed = earlier.isReplayed
        hub.add(self, at: ResolvedStart(after: earlier.offset))
    }

    /// Continues the delivery after the connection has become writable.
    func becameWritable() { hub.becameWritable(self) }

    /// Ends the delivery.
    func end() { hub.remove(self) }

    /// The last event that was delivered; an event that is being written counts as delivered.
    var deliveredOffset: Offset { hub.deliveredOffset(of: self) }
}
