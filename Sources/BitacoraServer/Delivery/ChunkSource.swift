import DequeModule
import EventLog
import NIOCore
import Synchronization

/// Encodes runs of events, and caches the newest chunks for other subscribers of the same events: after a restart a
/// thousand clients may catch up from the same offset.
///
/// Live delivery uses the same chunks, so that a batch is encoded once for all event loops.
final class ChunkSource: Sendable {
    /// A chunk ends with the event that makes the chunk this long or longer. The capacity of a buffer is a power of
    /// two; the difference to 64 KiB leaves room for that event.
    static let chunkBytes = 56 << 10
    /// How many chunks a reader thread encodes at a time.
    private static let chunksAhead = 4
    /// The maximum number of bytes of all cached chunks; the oldest chunks are removed first.
    static let cacheBytes = 32 << 20
    /// The minimum number of bytes that a chunk counts towards `cacheBytes`, however short the chunk is.
    private static let minimumCost = 4 << 10

    private enum Key: Hashable {
        /// The events after an offset that match a filter.
        case run(after: Offset, ChunkKind)
        /// The events of these offsets.
        case events(ArraySlice<Offset>, EventEncoding)
    }

    /// Locks for encoding: a second thread that needs the same chunk waits instead of encoding it again.
    private struct EncodingLocks: Sendable {
        private final class Lock: Sendable {
            let mutex = Mutex(())
        }

        /// The hash of a key chooses the lock, so that threads that encode different chunks seldom wait for one
        /// another.
        private let locks = (0..<64).map { _ in Lock() }

        func withLock<Value: Sendable>(of key: Key, _ body: () -> Value) -> Value {
            locks[Int(UInt(bitPattern: key.hashValue) % UInt(locks.count))].mutex.withLock { _ in body() }
        }
    }

    private struct Cache {
        var chunks: [Key: Chunk] = [:]
        var order: Deque<Key> = []
        var bytes = 0
    }

    private let log: EventLog
    private let cache = Mutex(Cache())
    private let loopLocks = EncodingLocks()
    /// For threads that may wait for the disk while they hold a lock: an event loop must not wait for such a thread.
    private let readerLocks = EncodingLocks()
    private let encoded = Atomic(0)

    init(log: EventLog) { self.log = log }

    /// The number of bytes of the cached chunks and of the offsets in their keys; at most `cacheBytes`.
    var cachedBytes: Int { cache.withLock { $0.bytes } }

    /// How many chunks have been encoded so far.
    var encodedCount: Int { encoded.load(ordering: .relaxed) }

    /// The events after `after`, at most up to `head`; they are encoded if no such chunk is cached.
    func chunk(after: Offset, through head: Offset, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        try chunk(after: after, through: head, kind, loopLocks)
    }

    /// The chunk that `chunk(after:through:_:)` would return, if it is cached; encodes nothing.
    func cached(after: Offset, through head: Offset, _ kind: ChunkKind) -> Chunk? {
        cached(.run(after: after, kind)).flatMap { Self.serves($0, head) ? $0 : nil }
    }

    /// The events after `after`, as `chunk(after:through:_:)`, for a thread that may wait for the disk.
    ///
    /// The next chunks are encoded and cached as well: the subscriber will need them.
    func readAhead(after: Offset, through head: Offset, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        let first = try chunk(after: after, through: head, kind, readerLocks)
        var last = first.last
        for _ in 1..<Self.chunksAhead where last < head {
            // The error is thrown again when the subscriber needs the chunk that cannot be read.
            guard let next = try? chunk(after: last, through: head, kind, readerLocks) else { break }
            last = next.last
        }
        return first
    }

    /// The first of the given events, as many as fit into a chunk.
    ///
    /// - Parameter events: at least one, ascending.
    func chunk(of events: ArraySlice<Offset>, _ encoding: EventEncoding) throws(ReadError) -> Chunk {
        try chunk(.events(events, encoding), loopLocks, usable: { _ in true }) { () throws(ReadError) in
            try encode(events, encoding)
        }
    }

    private func chunk(
        after: Offset, through head: Offset, _ kind: ChunkKind, _ locks: EncodingLocks
    ) throws(ReadError) -> Chunk {
        try chunk(.run(after: after, kind), locks, usable: { Self.serves($0, head) }) { () throws(ReadError) in
            try encode(after: after, through: head, kind)
        }
    }

    private func chunk(
        _ key: Key, _ locks: EncodingLocks, usable: (Chunk) -> Bool, encode: () throws(ReadError) -> Chunk
    ) throws(ReadError) -> Chunk {
        if let chunk = cached(key), usable(chunk) { return chunk }
        let result = locks.withLock(of: key) { () -> Result<Chunk, ReadError> in
            if let chunk = cached(key), usable(chunk) { return .success(chunk) }
            return Result { () throws(ReadError) in
                let chunk = try encode()
                encoded.wrappingAdd(1, ordering: .relaxed)
                keep(chunk, key)
                return chunk
            }
        }
        return try result.get()
    }

    private func cached(_ key: Key) -> Chunk? { cache.withLock { $0.chunks[key] } }

    /// Whether a loop whose head is `head` can send a chunk.
    ///
    /// A chunk that ended at an older head would be followed by ever smaller chunks. A chunk that another loop encoded
    /// may end after `head`.
    private static func serves(_ chunk: Chunk, _ head: Offset) -> Bool {
        chunk.last == head || (chunk.isWhole && chunk.last < head)
    }

    private func encode(after: Offset, through head: Offset, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        var encoder = kind.encoding.encoder(log: log.id)
        var buffer = ByteBufferAllocator().buffer(capacity: Self.firstCapacity(after, head))
        var isFull = false
        var shown = after
        do throws(ReadError) {
            let last = try log.scan(after: after, through: head, filter: kind.filter) { event in
                encoder.append(event, to: &buffer)
                shown = event.offset
                isFull = buffer.readableBytes >= Self.chunkBytes
                return !isFull
            }
            return Chunk(bytes: Self.fitted(buffer), last: last, isWhole: isFull || last < head)
        } catch {
            return try Self.beginning(buffer, through: shown, before: error)
        }
    }

    /// The chunk that ends before an event that cannot be read. Reading the next chunk throws the error.
    ///
    /// - Throws: `error`, when `buffer` has no events.
    private static func beginning(
        _ buffer: ByteBuffer, through last: Offset, before error: ReadError
    ) throws(ReadError) -> Chunk {
        guard buffer.readableBytes > 0 else { throw error }
        return Chunk(bytes: fitted(buffer), last: last, isWhole: true)
    }

    private func encode(_ events: ArraySlice<Offset>, _ encoding: EventEncoding) throws(ReadError) -> Chunk {
        var encoder = encoding.encoder(log: log.id)
        var buffer = ByteBufferAllocator().buffer(capacity: min(events.count * 512, Self.chunkBytes + (4 << 10)))
        var rest = events
        var last = Offset.start
        while let first = rest.first, buffer.readableBytes < Self.chunkBytes {
            // Events with consecutive offsets are read together.
            let end = zip(rest, rest.dropFirst()).first { $0.next != $1 }?.0 ?? rest[rest.index(before: rest.endIndex)]
            do throws(ReadError) {
                last = try log.scan(after: first.previous, through: end) { event in
                    encoder.append(event, to: &buffer)
                    last = event.offset
                    return buffer.readableBytes < Self.chunkBytes
                }
            } catch {
                return try Self.beginning(buffer, through: last, before: error)
            }
            rest = rest.drop { $0 <= last }
        }
        return Chunk(bytes: Self.fitted(buffer), last: last, isWhole: true)
    }

    /// Copies a buffer that is less than a quarter full into a smaller one.
    private static func fitted(_ buffer: ByteBuffer) -> ByteBuffer {
        buffer.readableBytes * 4 < buffer.capacity ? ByteBuffer(bytes: buffer.readableBytesView) : buffer
    }

    private static func firstCapacity(_ after: Offset, _ head: Offset) -> Int {
        min(
            Int(clamping: (head.rawValue - after.rawValue).multipliedReportingOverflow(by: 512).partialValue),
            chunkBytes + (4 << 10))
    }

    private func keep(_ chunk: Chunk, _ key: Key) {
        cache.withLock { cache in
            if let old = cache.chunks[key] {
                // More subscribers can use the longer chunk.
                guard old.last < chunk.last else { return }
                cache.bytes -= Self.cost(old, key)
            } else {
                cache.order.append(key)
            }
            cache.chunks[key] = chunk
            cache.bytes += Self.cost(chunk, key)
            while cache.bytes > Self.cacheBytes, let oldest = cache.order.popFirst() {
                if let dropped = cache.chunks.removeValue(forKey: oldest) { cache.bytes -= Self.cost(dropped, oldest) }
            }
        }
    }

    private static func cost(_ chunk: Chunk, _ key: Key) -> Int {
        // The offsets in the key stay in memory as long as the chunk.
        let offsets = if case .events(let events, _) = key { events.count * MemoryLayout<Offset>.stride } else { 0 }
        return max(chunk.bytes.capacity + offsets, minimumCost)
    }
}

/// A run of encoded events, shared by all subscribers of the same events.
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
