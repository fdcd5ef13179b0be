import EventLog
import NIOCore
import Synchronization

/// A connection's interest in the log. Belongs to its event loop's hub.
final class Subscriber {
    /// The connection, as the hub sees it.
    protocol Connection: AnyObject {
        var isWritable: Bool { get }
        /// Writes and flushes.
        func write(_ bytes: ByteBuffer)
        /// Ends the connection because the log cannot be read.
        func fail(_ error: ReadError)
    }

    enum Phase: Equatable {
        /// Where to begin is being looked for.
        case starting
        /// Reads history as fast as the connection takes it.
        case catchingUp
        /// Has everything; a member of its group, at this place.
        case live(place: Int)
        /// The connection takes nothing now; nothing is kept for it but its offset.
        case behind
        case gone
    }

    /// Whether the subscriber has been removed, for the threads that read history for the subscriber.
    final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    let kind: ChunkKind
    let cancellation = Cancellation()
    /// The last event it has been given.
    var offset = Offset.start
    var phase = Phase.starting
    /// The subscriber's group while it is live.
    var group: LiveGroup?
    /// Whether the place to begin has been found, and `offset` counts.
    var hasBegun = false
    /// What looks for the place to begin, where that takes a walk.
    var walk: Task<Void, Never>?
    /// Whether history is being read for it on another thread.
    var isReading = false
    /// The chunk after `after` that another thread has read for it.
    var read: (after: Offset, chunk: Chunk)?
    /// Whether it has been told that it has caught up.
    var isReplayed = false
    private(set) weak var connection: (any Connection)?

    init(kind: ChunkKind, connection: any Connection) {
        self.kind = kind
        self.connection = connection
    }
}
