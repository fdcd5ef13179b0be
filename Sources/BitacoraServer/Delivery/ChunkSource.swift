import DequeModule
import EventLog
import NIOCore
import Synchronization

/// Encodes runs of the log, and keeps the latest for the next subscriber that
/// wants the same: after a restart a thousand clients do.
///
/// Live delivery asks here too, so that a batch is encoded once for all event
/// loops, and catching up and living differ only in who asks when.
final class ChunkSource: Sendable {
    /// A chunk ends at the first event that brings it here. Buffers have a
    /// power of two of bytes, and this leaves room for that event.
    static let chunkBytes = 56 << 10
    /// How much is kept, in bytes of chunks; the oldest go first.
    static let cacheBytes = 32 << 20
    /// A chunk costs at least this much of it, however few bytes it has.
    private static let leastCost = 4 << 10

    private struct Key: Hashable {
        let after: Offset
        let kind: ChunkKind
    }

    private struct Cache {
        var chunks: [Key: Chunk] = [:]
        var order: Deque<Key> = []
        var bytes = 0
    }

    private let log: EventLog
    private let cache = Mutex(Cache())

    init(log: EventLog) { self.log = log }

    /// What is kept now, in bytes of chunks; at most `cacheBytes`.
    var keptBytes: Int { cache.withLock { $0.bytes } }

    /// The events after `after`, never beyond `head`.
    func chunk(after: Offset, through head: Offset, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        let key = Key(after: after, kind: kind)
        if let chunk = cache.withLock({ $0.chunks[key] }), Self.serves(chunk, head) { return chunk }
        let chunk = try encode(after: after, through: head, kind)
        keep(chunk, key)
        return chunk
    }

    /// One that ended at an older head would be followed by ever smaller ones;
    /// one that another loop made may go beyond what this loop has heard of.
    private static func serves(_ chunk: Chunk, _ head: Offset) -> Bool {
        chunk.last == head || (chunk.isWhole && chunk.last < head)
    }

    private func encode(after: Offset, through head: Offset, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        var encoder = kind.encoding.encoder(log: log.id)
        var buffer = ByteBufferAllocator().buffer(capacity: Self.firstCapacity(after, head))
        var isFull = false
        let last = try log.scan(after: after, through: head, filter: kind.filter) { event in
            encoder.append(event, to: &buffer)
            isFull = buffer.readableBytes >= Self.chunkBytes
            return !isFull
        }
        return Chunk(bytes: Self.fitted(buffer), last: last, isWhole: isFull || last < head)
    }

    /// Where little matched, the room made for much is given back.
    private static func fitted(_ buffer: ByteBuffer) -> ByteBuffer {
        buffer.readableBytes * 4 < buffer.capacity ? ByteBuffer(bytes: buffer.readableBytesView) : buffer
    }

    private static func firstCapacity(_ after: Offset, _ head: Offset) -> Int {
        min(Int(clamping: (head.rawValue - after.rawValue).multipliedReportingOverflow(by: 512).partialValue), chunkBytes + (4 << 10))
    }

    private func keep(_ chunk: Chunk, _ key: Key) {
        cache.withLock { cache in
            if let old = cache.chunks[key] {
                // Of two the longer one serves more.
                guard old.last < chunk.last else { return }
                cache.bytes -= Self.cost(old)
            } else {
                cache.order.append(key)
            }
            cache.chunks[key] = chunk
            cache.bytes += Self.cost(chunk)
            while cache.bytes > Self.cacheBytes, let oldest = cache.order.popFirst() {
                if let dropped = cache.chunks.removeValue(forKey: oldest) { cache.bytes -= Self.cost(dropped) }
            }
        }
    }

    private static func cost(_ chunk: Chunk) -> Int { max(chunk.bytes.capacity, leastCost) }
}
