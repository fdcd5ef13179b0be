import EventLog
import NIOCore

/// A run of encoded events, shared by all subscribers that want the same ones.
struct Chunk: Sendable {
    /// What to write; empty where nothing in the run matched.
    let bytes: ByteBuffer
    /// The last offset dealt with.
    let last: Offset
    /// Whether a newer head would make it no longer: it ended because it was
    /// full or much did not match, not because it had reached the head.
    let isWhole: Bool
}

/// What determines the bytes of a chunk, its beginning aside.
struct ChunkKind: Hashable, Sendable {
    let filter: EventFilter
    let encoding: EventEncoding
}
