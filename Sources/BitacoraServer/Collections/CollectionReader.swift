import EventLog
import Inspection
import KeyedRows
import NIOCore

/// A live reader of the rows of a collection: one connection.
///
/// ```
///  begin ──► waiting ── joined ──► live ── not writable ──► behind
///              ▲ │                  │                          │
///              ├─┴── next message   │                          │
///              ├──── catch up ◄─────┘                          │
///              └──────────────────── writable ◄────────────────┘
/// ```
/// A reader that is *waiting* has one request at the worker of the feeds, whose answer is one message. The answer with the
/// last message makes the reader *live*: a member of the group of readers that receive the same bytes. The worker answers
/// in the order of the commits, and every hop from the worker to a loop keeps this order:
///
/// ```
///  worker                                         loop of the reader
///  commit 7: message to the group        ──►      the reader is not a member yet
///  answer: the rows as of commit 7       ──►      written; the reader becomes a member
///  commit 8: message to the group        ──►      written
/// ```
/// So no change is lost and none is sent twice. All of this object's state belongs to the connection's event loop.
final class CollectionReader: RealtimeDelivery {
    /// How long the rows that a reader is being sent stay in memory while its connection is not writable. Then the reader
    /// begins again: with the changes since its offset, or with `reset` and all rows.
    static let maximumStall = TimeAmount.seconds(10)

    private enum Phase {
        /// An answer of the worker is awaited.
        case waiting
        /// The reader is the member `index` of its group.
        case live(index: Int)
        /// The connection is not writable.
        case behind
        case ended
    }

    private let feeds: CollectionFeeds
    private let subscription: CollectionSubscription
    private let encoding: EventEncoding
    private let loop: any EventLoop
    private weak var connection: (any RealtimeConnection)?
    private var phase = Phase.ended
    private var group: ReaderGroup?
    /// What the reader has; a reader of the same client that follows continues from here.
    private(set) var progress: RowProgress
    /// The definition that the rows of `progress` belong to; nil before the first answer.
    private var generation: Int?
    /// Whether the message `replayed` has been sent since the start or the last reset.
    private var isReplayed = false
    private var stallTimer: Scheduled<Void>?

    /// - Parameter loop: the event loop of the connection.
    init(
        _ subscription: CollectionSubscription, _ encoding: EventEncoding, on loop: any EventLoop,
        _ feeds: CollectionFeeds
    ) {
        self.feeds = feeds
        self.subscription = subscription
        self.encoding = encoding
        self.loop = loop
        progress = subscription.start
    }

    /// A reader that continues where another one of the same client ended.
    convenience init(
        after earlier: CollectionReader, _ encoding: EventEncoding, on loop: any EventLoop
    ) {
        self.init(earlier.subscription, encoding, on: loop, earlier.feeds)
        progress = earlier.progress
        generation = earlier.generation
        isReplayed = earlier.isReplayed
    }

    // MARK: RealtimeDelivery

    func begin(to connection: any RealtimeConnection) {
        self.connection = connection
        request()
    }

    func becameWritable() {
        guard case .behind = phase else { return }
        stallTimer?.cancel()
        stallTimer = nil
        request()
    }

    func end() {
        if case .ended = phase { return }
        leaveGroup()
        phase = .ended
        stallTimer?.cancel()
        group?.releaseReader()
    }

    // MARK: Catching up

    private func request() {
        phase = .waiting
        feeds.request(
            RowRequest(
                reservation: subscription.reservation, progress: progress, generation: generation, group: group,
                encoding: encoding, loop: loop, reader: NIOLoopBound(self, eventLoop: loop)))
    }

    /// The answer of the worker to the request.
    func received(_ answer: RowAnswer) {
        guard case .waiting = phase else {
            // The reader ended before it knew that it belongs to this group.
            if group !== answer.group { answer.group.releaseReader() }
            return
        }
        if group !== answer.group { group?.releaseReader() }
        group = answer.group
        generation = answer.generation
        progress = answer.step.progress
        if answer.step.isReset { isReplayed = false }
        if answer.step.isLive { phase = .live(index: answer.group.join(self)) }
        if let bytes = answer.step.bytes { connection?.write(bytes) }
        if case .after(let offset) = progress, case .live = phase, !isReplayed {
            isReplayed = true
            connection?.write(encoding.encoder(log: feeds.log.id).replayed(offset))
        }
        if case .waiting = phase { continueOrWait() }
    }

    /// Ends the delivery, because the rows cannot be followed.
    func received(end reason: String) {
        guard case .waiting = phase else { return }
        connection?.endDelivery(reason)
    }

    private func continueOrWait() {
        guard connection?.isWritable == true else { return fallBehind() }
        request()
    }

    private func fallBehind() {
        phase = .behind
        guard progress.holdsRows else { return }
        stallTimer = loop.assumeIsolated().scheduleTask(in: Self.maximumStall) {
            self.progress = self.progress.withoutRows
        }
    }

    // MARK: As a member of a group

    func moved(to index: Int) { phase = .live(index: index) }

    func deliver(_ delivery: ReaderGroup.Delivery) {
        guard case .live = phase, let connection else { return }
        switch delivery {
        case .message(let bytes, let offset):
            guard connection.isWritable else {
                leaveGroup()
                return fallBehind()
            }
            progress = .after(offset)
            connection.write(bytes)
        case .keepAlive(let bytes):
            if connection.isWritable { connection.write(bytes) }
        case .catchUp:
            leaveGroup()
            continueOrWait()
        case .end(let reason): connection.endDelivery(reason)
        }
    }

    private func leaveGroup() {
        if case .live(let index) = phase { group?.leave(at: index) }
    }
}
