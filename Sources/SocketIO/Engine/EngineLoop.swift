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
    func forget(_ connection: EngineConnection) { dirty.removeAll { $0 === connection } }

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
        LoopScheduler.on(eventLoop).schedule(.live) { self.flush() }
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
        case .upgrade, .farewell: upgradeTimeout
        }
    }
}
