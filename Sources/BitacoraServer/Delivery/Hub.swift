import EventLog
import NIOCore
import Synchronization
import WebSocket

/// Delivers the log to the subscribers of one event loop.
///
/// A subscriber is an offset. While it lacks history it is *catching up*:
/// chunks are written as long as its connection takes them. Once it has
/// everything it is *live*: it joins the group of those that want the same
/// bytes, and each commit is one write for each member. A member whose
/// connection does not take more falls *behind*, out of the group, and catches
/// up when it does. Nothing is queued for anybody.
///
/// All of it happens on one loop, so the hand-over from history to live can
/// neither lose nor repeat an event:
///
/// ```
///  catching up ──── has the loop's head ────► live ── not writable ──► behind
///       ▲                                                                │
///       └─────────────────────────── writable ◄──────────────────────────┘
/// ```
final class Hub: @unchecked Sendable {  // all but `isNotified` belongs to `loop`
    /// How many chunks one subscriber may be given before others, and the loop's sockets, get their
    /// turn. One in which nothing matched is a turn of its own: it costs about a millisecond.
    private static let turnChunks = 8
    /// How often quiet event streams are sent a comment.
    private static let keepAliveInterval = TimeAmount.seconds(20)

    private struct Group {
        /// Every member has exactly the events up to here.
        var offset: Offset
        var members: [Subscriber] = []
    }

    let loop: any EventLoop
    let log: EventLog
    private let source: ChunkSource
    private let isNotified = Atomic(false)
    /// What this loop delivers up to; the log may be ahead until the next notification.
    private(set) var head: Offset
    private var groups: [ChunkKind: Group] = [:]
    var subscriberCount = 0

    init(loop: any EventLoop, log: EventLog, source: ChunkSource) {
        self.loop = loop
        self.log = log
        self.source = source
        head = log.head
    }

    /// Tells the hub that the head has moved; from any thread, any number of
    /// times: one hop covers all since the last.
    func notify() {
        guard !isNotified.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute {
            // Not a plain store, which the look at the head could overtake: a
            // writer in between would find the flag still set and stay silent.
            _ = self.isNotified.exchange(false, ordering: .acquiringAndReleasing)
            self.advance()
        }
    }

    // MARK: On the loop

    /// Begins to deliver to a subscriber whose place is known.
    func add(_ subscriber: Subscriber, at place: StartPoint.Place) {
        loop.preconditionInEventLoop()
        subscriberCount += 1
        begin(subscriber, place)
    }

    /// Delivers from `place` on, after what the client is to be told about it.
    func begin(_ subscriber: Subscriber, _ place: StartPoint.Place) {
        subscriber.offset = place.after
        subscriber.hasBegun = true
        subscriber.phase = .catchingUp
        if let reset = place.reset { subscriber.connection?.write(encoder(subscriber.kind).reset(reset)) }
        head = max(head, log.head)
        advanceGroups()
        pump(subscriber)
    }

    /// Ends the delivery; `subscriber.offset` is what it has been given.
    func remove(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase != .gone else { return }
        subscriber.walk?.cancel()
        leaveGroup(subscriber)
        subscriber.phase = .gone
        subscriberCount -= 1
    }

    /// The last event that a subscriber has been given, the one that is being written included.
    func given(_ subscriber: Subscriber) -> Offset {
        guard case .live = subscriber.phase, let group = groups[subscriber.kind] else { return subscriber.offset }
        return group.offset
    }

    /// The subscriber's connection takes bytes again.
    func becameWritable(_ subscriber: Subscriber) {
        loop.preconditionInEventLoop()
        guard subscriber.phase == .behind else { return }
        subscriber.phase = .catchingUp
        pump(subscriber)
    }

    private func advance() {
        head = max(head, log.head)
        advanceGroups()
    }

    private func advanceGroups() {
        for (kind, group) in groups where group.offset < head { deliver(kind) }
    }

    /// Brings a live group to the head: one encoding, one write and flush a member and chunk.
    private func deliver(_ kind: ChunkKind) {
        while let group = groups[kind], group.offset < head, !group.members.isEmpty {
            let chunk: Chunk
            do throws(ReadError) {
                chunk = try source.chunk(after: group.offset, through: head, kind)
            } catch {
                groups[kind] = nil
                for member in group.members { lose(member, error) }
                return
            }
            groups[kind]?.offset = chunk.last
            guard chunk.bytes.readableBytes > 0 else { continue }
            // A write may end its connection, and with it the membership: walk a copy.
            for member in group.members { deliver(chunk, to: member, from: group.offset) }
        }
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

    /// Writes history until the subscriber has it all, its connection is full, or its turn is over.
    private func pump(_ subscriber: Subscriber) {
        var chunks = 0
        while subscriber.phase == .catchingUp, let connection = subscriber.connection {
            guard connection.isWritable else {
                subscriber.phase = .behind
                return
            }
            guard subscriber.offset < head else { return goLive(subscriber) }
            guard chunks < Self.turnChunks else {
                return LoopTurns.on(loop).next(.history) { self.pump(subscriber) }
            }
            do throws(ReadError) {
                let chunk = try source.chunk(after: subscriber.offset, through: head, subscriber.kind)
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

    /// Where its next event was trimmed a subscriber is told so and begins anew; any other error ends its connection.
    private func lose(_ subscriber: Subscriber, _ error: ReadError) {
        guard case .gone = error else {
            subscriber.connection?.fail(error)
            return
        }
        subscriber.isReplayed = false
        begin(subscriber, StartPoint.Place(after: log.first.previous).told(.gone, log))
    }

    private func goLive(_ subscriber: Subscriber) {
        joinGroup(subscriber)
        guard !subscriber.isReplayed else { return }
        subscriber.isReplayed = true
        subscriber.connection?.write(encoder(subscriber.kind).replayed(head))
    }

    private func joinGroup(_ subscriber: Subscriber) {
        var group = groups.removeValue(forKey: subscriber.kind) ?? Group(offset: head)
        precondition(group.offset == head && subscriber.offset == head, "a live group is at the head")
        subscriber.phase = .live(place: group.members.count)
        group.members.append(subscriber)
        groups[subscriber.kind] = group
    }

    private func leaveGroup(_ subscriber: Subscriber) {
        guard case .live(let place) = subscriber.phase, var group = groups.removeValue(forKey: subscriber.kind) else { return }
        subscriber.offset = group.offset
        if let last = group.members.popLast(), last !== subscriber {
            group.members[place] = last
            last.phase = .live(place: place)
        }
        if !group.members.isEmpty { groups[subscriber.kind] = group }
    }

    private func encoder(_ kind: ChunkKind) -> any EventEncoder { kind.encoding.encoder(log: log.id) }

    // MARK: Keeping quiet streams alive

    /// Begins to send comments to live event streams, until the loop ends.
    func keepAlive() {
        loop.scheduleRepeatedTask(initialDelay: Self.keepAliveInterval, delay: Self.keepAliveInterval) { _ in
            for (kind, group) in self.groups where kind.encoding == .serverSentEvents {
                for member in group.members where member.connection?.isWritable == true {
                    member.connection?.write(ServerSentEventEncoder.keepAlive)
                }
            }
        }
    }
}
