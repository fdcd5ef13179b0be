import DequeModule
import NIOCore
import WebSocket

/// The state that the sessions of one event loop share: the list of connections to flush, and one timer for all
/// deadlines.
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

    /// Flushes the connection at the end of this tick.
    func flushLater(_ connection: EngineConnection) {
        dirty.append(connection)
        guard !flushIsDue else { return }
        flushIsDue = true
        eventLoop.assumeIsolated().execute { self.flush() }
    }

    /// Removes the connection from the list, because it leaves this loop, and this loop may not use it any more.
    func cancelFlush(of connection: EngineConnection) { dirty.removeAll { $0 === connection } }

    /// The number of passes over the list before the event loop polls its channels again. A flush can make clients write
    /// more.
    private static let rounds = 16

    private func flush() {
        for _ in 0..<Self.rounds where !dirty.isEmpty {
            for _ in dirty.indices {
                // A flush can remove other connections from the list.
                guard let connection = dirty.popFirst() else { break }
                connection.flush()
            }
        }
        guard !dirty.isEmpty else {
            flushIsDue = false
            return
        }
        LoopScheduler.on(eventLoop).schedule(.live) { self.flush() }
    }

    // MARK: Deadlines

    /// Arms a deadline; one that is armed is moved.
    ///
    /// - Parameter due: nil for the delay of the kind.
    func arm(_ deadline: Deadline, _ kind: Deadline.Kind, due: NIODeadline? = nil) {
        let due = due ?? eventLoop.now + delays[kind.rawValue]
        lists[kind.rawValue].insert(deadline, due: due)
        setTimer(due)
    }

    func delay(_ kind: Deadline.Kind) -> TimeAmount { delays[kind.rawValue] }

    /// The timer is not cancelled when its deadline is: a timer that fires too early is set again.
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

/// A time limit of a connection or a WebSocket. One node of a ``DeadlineList``; belongs to an event loop.
final class Deadline {
    enum Kind: Int, CaseIterable {
        /// The server sends a ping.
        case ping
        /// The client must have answered the ping.
        case pong
        /// The client must have taken some of the bytes that wait for it.
        case stall
        /// The WebSocket must have become the transport.
        case upgrade
        /// The client must have fetched the last bytes of a closed session.
        case drain
    }

    /// Called when the deadline expires. The owner cancels its deadlines before it is released.
    unowned let owner: any DeadlineOwner
    fileprivate(set) var kind = Kind.ping
    fileprivate(set) var due = NIODeadline.distantFuture
    /// The list that the deadline is in, and that keeps it alive.
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

/// The deadlines of one kind, in the order in which they are due.
///
/// All deadlines of a kind have the same delay, so a new one belongs at the end: O(1), without a heap and without a
/// timer for each. Only the deadline of a connection that came from another loop is inserted further in front.
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

    /// Removes and returns the first deadline, if it is due.
    func next(at now: NIODeadline) -> Deadline? {
        guard let first, first.due <= now else { return nil }
        remove(first)
        return first
    }
}
