import EventLog
import NIOCore

/// A run of encoded events, shared by all subscribers that want the same events.
struct Chunk: Sendable {
    /// The encoded events; empty when no event of the run matched.
    let bytes: ByteBuffer
    /// The last offset of the run, whether its event matched or not.
    let last: Offset
    /// Whether the chunk stays the same when the head moves: it ended because it was full, or because one scan reads
    /// only a limited number of events, and not because it had reached the head.
    let isWhole: Bool
}

/// Determines the bytes of a chunk, together with the offset at which the chunk begins.
struct ChunkKind: Hashable, Sendable {
    let filter: EventFilter
    let encoding: EventEncoding
}
