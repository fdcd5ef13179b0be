import EventLog
import NIOCore
import Synchronization

/// A connection that gets events: the last offset that was delivered, and a filter. Belongs to the hub of its event
/// loop.
final class Subscriber {
    /// The part of a connection that the hub uses.
    protocol Connection: AnyObject {
        var isWritable: Bool { get }
        /// Writes and flushes.
        func write(_ bytes: ByteBuffer)
        /// Ends the connection because the log cannot be read.
        func fail(_ error: ReadError)
    }

    enum Phase: Equatable {
        /// The log is searched for the place to begin.
        case starting
        /// History is written as fast as the connection takes it.
        case catchingUp
        /// The subscriber has all events; `place` is its index among the members of its group.
        case live(place: Int)
        /// The connection takes no bytes now; nothing but the offset of the subscriber is kept.
        case behind
        case gone
    }

    /// Whether the subscriber has been removed, for the threads that read history for the subscriber.
    final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    let kind: ChunkKind
    let cancellation = Cancellation()
    /// The last event that was delivered; for a live subscriber, see `Hub.given(_:)`.
    var offset = Offset.start
    var phase = Phase.starting
    /// The subscriber's group while it is live.
    var group: LiveGroup?
    /// Whether the place to begin has been found. Until then `offset` has no meaning.
    var hasBegun = false
    /// The task that searches the log for the place to begin.
    var walk: Task<Void, Never>?
    /// Whether another thread is reading history for the subscriber.
    var isReading = false
    /// The chunk after `after` that another thread has read for the subscriber.
    var read: (after: Offset, chunk: Chunk)?
    /// Whether the message `replayed` has been sent.
    var isReplayed = false
    private(set) weak var connection: (any Connection)?

    init(kind: ChunkKind, connection: any Connection) {
        self.kind = kind
        self.connection = connection
    }
}
