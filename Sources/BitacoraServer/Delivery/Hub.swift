import EventLog
import Inspection
import NIOCore
import NIOPosix
import Synchronization
import WebSocket

/// Delivers the log to the subscribers of one event loop.
///
/// The hub keeps one offset for each subscriber. A subscriber that lacks history is *catching up*: chunks are written
/// as long as its connection takes them. A subscriber that has all events is *live*: it is a member of the group of
/// subscribers that receive the same bytes, and each commit is one write for each member. When the connection of a
/// member is not writable, the member leaves its group and is *behind*; when the connection is writable again, the
/// subscriber catches up. Nothing is queued for any subscriber.
///
/// All of this happens on one loop, so the change from history to live can neither lose nor repeat an event:
///
/// ```
///  starting ── start found ──► catching up ── has the loop's head ──► live ── not writable ──► behind
///                                   ▲ ▲                                                          │
///      reset, after a trim ─────────┘ └──────────────────────── writable ◄───────────────────────┘
/// ```
/// `Subscriber.Phase` names these states; from each of them a subscriber can be removed.
final class Hub: @unchecked Sendable {  // all but `isNotified` belongs to `loop`
    /// The maximum number of chunks that are written to one subscriber before the loop serves other subscribers and
    /// connections. After a chunk without events the loop serves others at once: reading its events takes about a
    /// millisecond.
    private static let chunksPerTurn = 8
    /// The time between two comments on a quiet event stream.
    private static let keepAliveInterval = TimeAmount.seconds(20)

    let loop: any EventLoop
    private let log: EventLog
    private let source: ChunkSource
    /// Limits how many searches for a start run at once.
    private let readLimiter: ConcurrencyLimiter
    private let isNotified = Atomic(false)
    /// The last offset that this loop delivers; until the next notification the head of the log may be beyond it.
    private(set) var head: Offset
    private var groups = LiveGroups()
    /// Whether new events are being written to live subscribers. A subscriber that has caught up joins them afterwards.
    private var isDelivering = false
    /// Whether a call of `advance` is scheduled that delivers the rest of the new events; one such call is enough.
    private var isAdvanceScheduled = false
    private(set) var subscriberCount = 0

    init(loop: any EventLoop, log: EventLog, source: ChunkSource, readLimiter: ConcurrencyLimiter) {
        self.loop = loop
        self.log = log
        self.source = source
        self.readLimiter = readLimiter
        head = log.head
    }

    /// Notifies the hub that the head of the log has moved.
    ///
    /// May be called from any thread. All calls before the hub reads the head on its loop cost one hop
    /// to the loop together.
    func notify() {
        guard !isNotified.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute {
            // Not a plain store: the head could be read before the store takes effect, and a writer that appends in
            // between would find the flag still set and would not notify.
            _ = self.isNotified.exchange(false, ordering: .acquiringAndReleasing)
            self.advance()
        }
    }

    // MARK: Starting

    /// Begins to deliver to `subscriber` from `start`. A reset is sent first when this log does not have `start`.
    ///
    /// When the log must be searched for the start, another thread searches and the delivery begins later: the loop has
    /// other connections to serve.
    func add(_ subscriber: Subscriber, from start: StartPoint) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        do throws(ReadError) {
            if let resolved = try start.resolveAtOnce(in: log, subscriber.kind.filter) {
                begin(subscriber, resolved)
            } else {
                search(subscriber, start)
            }
        } catch {
            subscriber.connection?.fail(error)
        }
    }

    /// Begins to deliver to a subscriber whose start is known.
    func add(_ subscriber: Subscriber, at start: ResolvedStart) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        begin(subscriber, start)
    }

    private func search(_ subscriber: Subscriber, _ start: StartPoint) {
        let waiting = NIOLoopBound(subscriber, eventLoop: loop)
        let (loop, log, filter, readLimiter) = (loop, log, subscriber.kind.filter, readLimiter)
        subscriber.startSearch = Task {
            let result: Result<ResolvedStart, ReadError>
            do {
                result = .success(try await start.resolve(in: log, filter, readLimiter: readLimiter))
            } catch let error as ReadError {
                result = .failure(error)
            } catch {
                // Cancelled: the subscriber has been removed.
                return
            }
            loop.execute { self.searchEnded(waiting.value, result) }
        }
    }

    private func searchEnded(_ subscriber: Subscriber, _ result: Result<ResolvedStart, ReadError>) {
        guard subscriber.phase == .starting else { return }
        switch result {
        case .success(let start): begin(subscriber, start)
        case .failure(let error): subscriber.connection?.fail(error)
        }
    }

    /// Writes the reset of `start`, if there is one, and delivers the events after `start`.
    private func begin(_ subscriber: Subscriber, _ start: ResolvedStart) {
        subscriber.offset = start.after
        subscriber.hasBegun = true
        subscriber.phase = .catchingUp
        if let reset = start.reset { subscriber.connection?.write(encoder(subscriber.kind).reset(reset)) }
        advance()
        writeHistory(subscriber)
    }

    // MARK: The end, and writability

    /// Ends the delivery to a subscriber; `subscriber.offset` is then the last event that was delivered.
    func remove(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase != .removed else { return }
        subscriber.startSearch?.cancel()
        subscriber.cancellation.isCancelled.store(true, ordering: .relaxed)
        leaveGroup(subscriber)
        subscriber.phase = .removed
        subscriberCount -= 1
    }

    /// The last event that was delivered to a subscriber; an event that is being written counts as delivered.
    func deliveredOffset(of subscriber: Subscriber) -> Offset {
        guard case .live = subscriber.phase, let group = subscriber.group else { return subscriber.offset }
        return group.pending?.after ?? head
    }

    /// Continues the delivery to a subscriber whose connection is writable again.
    func becameWritable(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase == .behind else { return }
        subscriber.phase = .catchingUp
        writeHistory(subscriber)
    }

    /// Delivers new events to live subscribers, one step in each turn of the loop, which has other connections to
    /// serve.
    private func advance() {
        guard !isDelivering else { return }
        isDelivering = true
        step(through: log.head)
        isDelivering = false
        guard head < log.head, !isAdvanceScheduled else { return }
        isAdvanceScheduled = true
        LoopScheduler.on(loop).schedule(.live) {
            self.isAdvanceScheduled = false
            self.advance()
        }
    }

    private func step(through last: Offset) {
        guard head < last else { return }
        guard !groups.isEmpty else {
            head = last
            return
        }
        let (matching, end) = groups.collectNewEvents(after: head, through: last, in: log)
        head = end
        for group in matching { deliver(group) }
    }

    /// Delivers the new events to a live group: a chunk is encoded once, and written and flushed once for each member.
    private func deliver(_ group: LiveGroup) {
        while let pending = group.pending, !group.members.isEmpty {
            let chunk: Chunk
            do throws(ReadError) {
                chunk = try self.chunk(pending, group.kind)
            } catch {
                for member in group.members {
                    leaveGroup(member)
                    handleReadError(member, error)
                }
                return
            }
            group.pending = pending.rest(after: chunk.last, head)
            guard chunk.bytes.readableBytes > 0 else { continue }
            // A write may end a connection and so remove a member: iterate over a copy of the members.
            for member in group.members { deliver(chunk, to: member, from: pending.after) }
        }
    }

    private func chunk(_ pending: LiveGroup.Pending, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        guard let events = pending.events else { return try source.chunk(after: pending.after, through: head, kind) }
        return try source.chunk(of: events, kind.encoding)
    }

    private func deliver(_ chunk: Chunk, to member: Subscriber, from offset: Offset) {
        guard case .live = member.phase, let connection = member.connection else { return }
        guard connection.isWritable else {
            leaveGroup(member)
            member.offset = offset
            member.phase = .behind
            return
        }
        connection.write(chunk.bytes)
    }

    /// Writes history until the subscriber has all events, its connection is not writable, or `chunksPerTurn` were
    /// written.
    private func writeHistory(_ subscriber: Subscriber) {
        var chunks = 0
        while subscriber.phase == .catchingUp, let connection = subscriber.connection {
            guard connection.isWritable else {
                subscriber.read = nil
                subscriber.phase = .behind
                return
            }
            guard subscriber.offset < head else { return goLive(subscriber) }
            guard chunks < Self.chunksPerTurn else {
                return LoopScheduler.on(loop).schedule(.history) { self.writeHistory(subscriber) }
            }
            do throws(ReadError) {
                guard let chunk = try nextChunk(of: subscriber) else { return }
                subscriber.offset = chunk.last
                guard chunk.bytes.readableBytes > 0 else {
                    chunks = Self.chunksPerTurn
                    continue
                }
                chunks += 1
                connection.write(chunk.bytes)
            } catch {
                return handleReadError(subscriber, error)
            }
        }
    }

    /// The next chunk for a subscriber that catches up; nil while another thread reads the chunk, after which
    /// `readEnded` calls `writeHistory` again.
    private func nextChunk(of subscriber: Subscriber) throws(ReadError) -> Chunk? {
        let (after, kind) = (subscriber.offset, subscriber.kind)
        if let read = subscriber.read, read.after == after {
            subscriber.read = nil
            readAhead(subscriber, after: read.chunk.last)
            return read.chunk
        }
        if let chunk = source.cached(after: after, through: head, kind) {
            readAhead(subscriber, after: chunk.last)
            return chunk
        }
        if log.isRecent(after) { return try source.chunk(after: after, through: head, kind) }
        read(subscriber, after: after)
        return nil
    }

    /// Lets another thread read the next chunk while the loop writes.
    private func readAhead(_ subscriber: Subscriber, after: Offset) {
        guard !log.isRecent(after), source.cached(after: after, through: head, subscriber.kind) == nil else { return }
        read(subscriber, after: after)
    }

    /// Lets another thread read and encode history, which may be on the disk: an event loop never waits for the disk.
    private func read(_ subscriber: Subscriber, after: Offset) {
        guard !subscriber.isReading else { return }
        subscriber.isReading = true
        let waiting = NIOLoopBound(subscriber, eventLoop: loop)
        let (source, head, kind, cancellation) = (source, head, subscriber.kind, subscriber.cancellation)
        NIOThreadPool.singleton.submit { _ in
            guard !cancellation.isCancelled.load(ordering: .relaxed) else { return }
            let result = Result { () throws(ReadError) in try source.readAhead(after: after, through: head, kind) }
            self.loop.execute { self.readEnded(waiting.value, result, after) }
        }
    }

    private func readEnded(_ subscriber: Subscriber, _ result: Result<Chunk, ReadError>, _ after: Offset) {
        subscriber.isReading = false
        guard subscriber.phase == .catchingUp else { return }
        switch result {
        case .success(let chunk):
            // In the meantime the subscriber may have been sent a cached chunk, so that its offset is beyond `after`.
            if after == subscriber.offset { subscriber.read = (after, chunk) }
        case .failure(let error):
            if after == subscriber.offset { return handleReadError(subscriber, error) }
        }
        writeHistory(subscriber)
    }

    /// Handles an error in reading for a subscriber: when the next event was trimmed, the subscriber gets a reset and
    /// is replayed from the first event that is left; any other error ends the connection.
    private func handleReadError(_ subscriber: Subscriber, _ error: ReadError) {
        guard case .gone = error else {
            subscriber.connection?.fail(error)
            return
        }
        subscriber.isReplayed = false
        begin(subscriber, ResolvedStart(after: log.first.previous).withReset(.gone, log))
    }

    private func goLive(_ subscriber: Subscriber) {
        // During a delivery the groups have no common offset; a subscriber may also be ahead of the loop's head.
        guard !isDelivering, subscriber.offset == head else {
            return LoopScheduler.on(loop).schedule(.history) { self.writeHistory(subscriber) }
        }
        groups.join(subscriber)
        guard !subscriber.isReplayed else { return }
        subscriber.isReplayed = true
        subscriber.connection?.write(encoder(subscriber.kind).replayed(head))
    }

    private func leaveGroup(_ subscriber: Subscriber) {
        subscriber.offset = deliveredOffset(of: subscriber)
        groups.leave(subscriber)
    }

    private func encoder(_ kind: ChunkKind) -> any EventEncoder { kind.encoding.encoder(log: log.id) }

    // MARK: Keeping quiet streams alive

    /// Begins to send comments to live event streams, until the loop ends.
    func keepAlive() {
        loop.scheduleRepeatedTask(initialDelay: Self.keepAliveInterval, delay: Self.keepAliveInterval) { _ in
            for group in self.groups.all where group.kind.encoding == .serverSentEvents {
                for member in group.members where member.connection?.isWritable == true {
                    member.connection?.write(ServerSentEventEncoder.keepAlive)
                }
            }
        }
    }
}

/// The hubs of all event loops; each commit notifies all hubs.
final class Delivery: Sendable {
    private let hubs: [ObjectIdentifier: Hub]
    private let observation: EventLog.Observation
    /// Limits how many long reads of the log run at once.
    let readLimiter: ConcurrencyLimiter

    init(log: EventLog, group: any EventLoopGroup, readLimiter: ConcurrencyLimiter) {
        self.readLimiter = readLimiter
        let source = ChunkSource(log: log)
        var hubs: [ObjectIdentifier: Hub] = [:]
        for loop in group.makeIterator() {
            let hub = Hub(loop: loop, log: log, source: source, readLimiter: readLimiter)
            hub.keepAlive()
            hubs[ObjectIdentifier(loop)] = hub
        }
        let all = Array(hubs.values)
        self.hubs = hubs
        observation = log.observe { _ in
            for hub in all { hub.notify() }
        }
    }

    /// The hub of an event loop.
    func hub(of loop: any EventLoop) -> Hub {
        guard let hub = hubs[ObjectIdentifier(loop)] else {
            preconditionFailure("the connection runs on an event loop of another group")
        }
        return hub
    }
}
