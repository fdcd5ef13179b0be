import DequeModule
import NIOCore
import WebSocket

/// What the sessions of one event loop share: the list of those that have something to flush, and one timer.
///
/// `@unchecked Sendable`: everything but `eventLoop` is used on that loop only.
final class EngineLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    private let delays: [TimeAmount]
    private let lists = Deadline.Kind.allCases.map { DeadlineList($0) }
    private var timer: Scheduled<Void>?
    private var timerDue = NIODeadline.distantFuture
    private var dirty = Deque<EngineConnection>()
    private var flushIsDue = false

    init(_ eventLoop: any EventLoop, _ options: SocketIOOptions) {
        self.eventLoop = eventLoop
        delays = Deadline.Kind.allCases.map { TimeAmount(options.delay($0)) }
    }

    // MARK: Flushing

    /// Has the connection flushed at the end of this tick.
    func flushLater(_ connection: EngineConnection) {
        dirty.append(connection)
        guard !flushIsDue else { return }
        flushIsDue = true
        eventLoop.assumeIsolated().execute { self.flush() }
    }

    /// The connection leaves this loop, where nothing may touch it any more.
    func cancelFlush(of connection: EngineConnection) { dirty.removeAll { $0 === connection } }

    /// How often what is flushed may give its clients more to take before the loop looks at its sockets.
    private static let rounds = 16

    private func flush() {
        for _ in 0..<Self.rounds where !dirty.isEmpty {
            for _ in dirty.indices {
                // Flushing can make other connections leave.
                guard let connection = dirty.popFirst() else { break }
                connection.flush()
            }
        }
        guard !dirty.isEmpty else {
            flushIsDue = false
            return
        }
        LoopTurns.on(eventLoop).next(.live) { self.flush() }
    }

    // MARK: Deadlines

    /// Arms a deadline, or arms it anew.
    ///
    /// - Parameter due: when, if not after the kind's delay.
    func arm(_ deadline: Deadline, _ kind: Deadline.Kind, due: NIODeadline? = nil) {
        let due = due ?? eventLoop.now + delays[kind.rawValue]
        lists[kind.rawValue].insert(deadline, due: due)
        setTimer(due)
    }

    func delay(_ kind: Deadline.Kind) -> TimeAmount { delays[kind.rawValue] }

    /// A timer that goes off early is set again; so it is not touched when its reason goes away.
    private func setTimer(_ due: NIODeadline) {
        guard due < timerDue else { return }
        timer?.cancel()
        timerDue = due
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDue = .distantFuture
        let now = eventLoop.now
        for list in lists {
            while let deadline = list.next(at: now) { deadline.owner.expired(deadline) }
        }
        if let due = lists.compactMap(\.first?.due).min() { setTimer(due) }
    }
}

extension SocketIOOptions {
    fileprivate func delay(_ kind: Deadline.Kind) -> Duration {
        switch kind {
        case .ping: pingInterval
        case .pong: pingTimeout
        case .stall: stallTime
        case .upgrade, .drain: upgradeTimeout
        }
    }
}

/// Something that may take too long. One node of a ``DeadlineList``; belongs to an event loop.
final class Deadline {
    enum Kind: Int, CaseIterable {
        /// When the client is pinged.
        case ping
        /// When its pong must have come.
        case pong
        /// When it must have taken something.
        case stall
        /// When a WebSocket must have become the transport.
        case upgrade
        /// When a closed session's last bytes must have been fetched.
        case drain
    }

    /// Told when the time has come. It cancels its deadlines before it goes away.
    unowned let owner: any DeadlineOwner
    fileprivate(set) var kind = Kind.ping
    fileprivate(set) var due = NIODeadline.distantFuture
    /// The list which it is in; that holds it too, until it is taken out.
    fileprivate var list: DeadlineList?
    fileprivate var next: Deadline?
    /// Kept alive by the list, whose chain of `next` leads through it.
    fileprivate unowned(unsafe) var previous: Deadline?

    init(owner: any DeadlineOwner) { self.owner = owner }

    var isArmed: Bool { list != nil }

    func cancel() { list?.remove(self) }
}

protocol DeadlineOwner: AnyObject {
    func expired(_ deadline: Deadline)
}

/// Deadlines of one kind in the order in which they are due.
///
/// As all of a kind have the same delay, a new one belongs at the end: O(1), without a heap and without a
/// timer each. Only one that was armed elsewhere before (a session that moved) looks for its place.
final class DeadlineList {
    private let kind: Deadline.Kind
    private(set) var first: Deadline?
    private unowned(unsafe) var last: Deadline?

    init(_ kind: Deadline.Kind) { self.kind = kind }

    func insert(_ deadline: Deadline, due: NIODeadline) {
        deadline.cancel()
        deadline.kind = kind
        deadline.due = due
        deadline.list = self
        var before = last
        while let node = before, node.due > due { before = node.previous }
        deadline.previous = before
        deadline.next = before == nil ? first : before?.next
        deadline.next?.previous = deadline
        if let before { before.next = deadline } else { first = deadline }
        if deadline.next == nil { last = deadline }
    }

    fileprivate func remove(_ deadline: Deadline) {
        let next = deadline.next, previous = deadline.previous
        if last === deadline { last = previous }
        next?.previous = previous
        if let previous { previous.next = next } else { first = next }
        deadline.next = nil
        deadline.previous = nil
        deadline.list = nil
    }

    /// Takes out the first one if it is due.
    func next(at now: NIODeadline) -> Deadline? {
        guard let first, first.due <= now else { return nil }
        remove(first)
        return first
    }
}
