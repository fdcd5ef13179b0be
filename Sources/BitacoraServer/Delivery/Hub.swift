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
/// subscribers that want the same bytes, and each commit is one write for each member. When the connection of a member
/// takes no more bytes, the member leaves its group and is *behind*; when the connection takes bytes again, the
/// subscriber catches up. Nothing is queued for any subscriber.
///
/// All of this happens on one loop, so the change from history to live can neither lose nor repeat an event:
///
/// ```
///  catching up ──── has the loop's head ────► live ── not writable ──► behind
///       ▲                                                                │
///       └─────────────────────────── writable ◄──────────────────────────┘
/// ```
final class Hub: @unchecked Sendable {  // all but `isNotified` belongs to `loop`
    /// The maximum number of chunks that are written to one subscriber before the loop serves other subscribers and
    /// connections. A chunk without events ends the turn at once: reading its events takes about a millisecond.
    private static let turnChunks = 8
    /// The time between two comments on a quiet event stream.
    private static let keepAliveInterval = TimeAmount.seconds(20)

    let loop: any EventLoop
    let log: EventLog
    private let source: ChunkSource
    /// Limits how many searches for a place to begin run at once.
    let turns: WorkGate
    private let isNotified = Atomic(false)
    /// The last offset that this loop delivers; until the next notification the head of the log may be beyond it.
    private(set) var head: Offset
    private var groups = LiveGroups()
    /// Whether new events are being written to live subscribers. A subscriber that has caught up joins them afterwards.
    private var isDelivering = false
    /// Whether a later turn of the loop is scheduled that delivers the rest of the new events; one such turn is enough.
    private var hasTurn = false
    var subscriberCount = 0

    init(loop: any EventLoop, log: EventLog, source: ChunkSource, turns: WorkGate) {
        self.loop = loop
        self.log = log
        self.source = source
        self.turns = turns
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

    // MARK: On the loop

    /// Begins to deliver to a subscriber whose place is known.
    func add(_ subscriber: Subscriber, at place: ResolvedStart) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        begin(subscriber, place)
    }

    /// Writes the reset of `place`, if there is one, and delivers the events after `place`.
    func begin(_ subscriber: Subscriber, _ place: ResolvedStart) {
        subscriber.offset = place.after
        subscriber.hasBegun = true
        subscriber.phase = .catchingUp
        if let reset = place.reset { subscriber.connection?.write(encoder(subscriber.kind).reset(reset)) }
        advance()
        pump(subscriber)
    }

    /// Ends the delivery; `subscriber.offset` is then the last event that was delivered.
    func remove(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase != .gone else { return }
        subscriber.walk?.cancel()
        subscriber.cancellation.isCancelled.store(true, ordering: .relaxed)
        leaveGroup(subscriber)
        subscriber.phase = .gone
        subscriberCount -= 1
    }

    /// The last event that was delivered to a subscriber; an event that is being written counts as delivered.
    func given(_ subscriber: Subscriber) -> Offset {
        guard case .live = subscriber.phase, let group = subscriber.group else { return subscriber.offset }
        return group.lack?.after ?? head
    }

    /// The subscriber's connection takes bytes again.
    func becameWritable(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase == .behind else { return }
        subscriber.phase = .catchingUp
        pump(subscriber)
    }

    /// Delivers new events to live subscribers, one step in each turn of the loop, which has other connections to
    /// serve.
    private func advance() {
        guard !isDelivering else { return }
        isDelivering = true
        step(through: log.head)
        isDelivering = false
        guard head < log.head, !hasTurn else { return }
        hasTurn = true
        LoopScheduler.on(loop).schedule(.live) {
            self.hasTurn = false
            self.advance()
        }
    }

    private func step(through last: Offset) {
        guard head < last else { return }
        guard !groups.isEmpty else {
            head = last
            return
        }
        let (wanting, end) = groups.look(after: head, through: last, in: log)
        head = end
        for group in wanting { deliver(group) }
    }

    /// Delivers the new events to a live group: a chunk is encoded once, and written and flushed once for each member.
    private func deliver(_ group: LiveGroup) {
        while let lack = group.lack, !group.members.isEmpty {
            let chunk: Chunk
            do throws(ReadError) {
                chunk = try self.chunk(lack, group.kind)
            } catch {
                for member in group.members {
                    leaveGroup(member)
                    lose(member, error)
                }
                return
            }
            group.lack = lack.rest(after: chunk.last, head)
            guard chunk.bytes.readableBytes > 0 else { continue }
            // A write may end a connection and so remove a member: iterate over a copy of the members.
            for member in group.members { deliver(chunk, to: member, from: lack.after) }
        }
    }

    private func chunk(_ lack: LiveGroup.Lack, _ kind: ChunkKind) throws(ReadError) -> Chunk {
        guard let events = lack.events else { return try source.chunk(after: lack.after, through: head, kind) }
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

    /// Writes history until the subscriber has all events, its connection takes no more bytes, or its turn is over.
    private func pump(_ subscriber: Subscriber) {
        var chunks = 0
        while subscriber.phase == .catchingUp, let connection = subscriber.connection {
            guard connection.isWritable else {
                subscriber.read = nil
                subscriber.phase = .behind
                return
            }
            guard subscriber.offset < head else { return goLive(subscriber) }
            guard chunks < Self.turnChunks else {
                return LoopScheduler.on(loop).schedule(.history) { self.pump(subscriber) }
            }
            do throws(ReadError) {
                guard let chunk = try nextChunk(of: subscriber) else { return }
                subscriber.offset = chunk.last
                guard chunk.bytes.readableBytes > 0 else {
                    chunks = Self.turnChunks
                    continue
                }
                chunks += 1
                connection.write(chunk.bytes)
            } catch {
                return lose(subscriber, error)
            }
        }
    }

    /// The next chunk for a subscriber that catches up; nil while another thread reads the chunk, after which `arrive`
    /// calls `pump` again.
    private func nextChunk(of subscriber: Subscriber) throws(ReadError) -> Chunk? {
        let (after, kind) = (subscriber.offset, subscriber.kind)
        if let read = subscriber.read, read.after == after {
            subscriber.read = nil
            readAhead(subscriber, after: read.chunk.last)
            return read.chunk
        }
        if let chunk = source.kept(after: after, through: head, kind) {
            readAhead(subscriber, after: chunk.last)
            return chunk
        }
        if log.isRecent(after) { return try source.chunk(after: after, through: head, kind) }
        read(subscriber, after: after)
        return nil
    }

    /// Lets another thread read the next chunk while the loop writes.
    private func readAhead(_ subscriber: Subscriber, after: Offset) {
        guard !log.isRecent(after), source.kept(after: after, through: head, subscriber.kind) == nil else { return }
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
            self.loop.execute { self.arrive(waiting.value, result, after) }
        }
    }

    private func arrive(_ subscriber: Subscriber, _ result: Result<Chunk, ReadError>, _ after: Offset) {
        subscriber.isReading = false
        guard subscriber.phase == .catchingUp else { return }
        switch result {
        case .success(let chunk):
            // Meanwhile the subscriber may have got a chunk that was kept, and be further than `after`.
            if after == subscriber.offset { subscriber.read = (after, chunk) }
        case .failure(let error):
            if after == subscriber.offset { return lose(subscriber, error) }
        }
        pump(subscriber)
    }

    /// Handles an error in reading for a subscriber: when the next event was trimmed, the subscriber gets a reset and
    /// begins again; any other error ends the connection.
    private func lose(_ subscriber: Subscriber, _ error: ReadError) {
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
            return LoopScheduler.on(loop).schedule(.history) { self.pump(subscriber) }
        }
        groups.join(subscriber)
        guard !subscriber.isReplayed else { return }
        subscriber.isReplayed = true
        subscriber.connection?.write(encoder(subscriber.kind).replayed(head))
    }

    private func leaveGroup(_ subscriber: Subscriber) {
        subscriber.offset = given(subscriber)
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
