import DequeModule
package import NIOCore
import NIOPosix

/// Long work on an event loop, a turn at a time, with the loop's sockets served in between.
///
/// `execute` does not do that: a loop runs tasks until there are none before it looks at its sockets again
/// (swift-nio, `SelectableEventLoop.runOneLoopTick`), so work that goes on by it keeps everybody else out.
/// All that is done here goes one after the other, since two such chains would each be due behind the other.
package final class LoopScheduler: @unchecked Sendable {  // belongs to `loop`
    /// What waits for its turn behind what else is of its kind; one of each kind a round.
    package enum Queue {
        /// What many wait for: posts to sockets, flushing.
        case live
        /// What one client waits for: history.
        case history
    }

    private static let current = ThreadSpecificVariable<LoopScheduler>()
    /// Until the next round: in the future when the loop looks for tasks again, and too short to be felt.
    private static let rest = TimeAmount.microseconds(20)

    private let loop: any EventLoop
    private var live: Deque<() -> Void> = []
    private var history: Deque<() -> Void> = []
    private var isScheduled = false

    private init(_ loop: any EventLoop) { self.loop = loop }

    /// The turns of the loop on which this is called.
    package static func on(_ loop: any EventLoop) -> LoopScheduler {
        loop.preconditionInEventLoop()
        if let turns = current.currentValue, turns.loop === loop { return turns }
        let turns = LoopScheduler(loop)
        current.currentValue = turns
        return turns
    }

    /// Does `turn` when the loop has served its sockets and those before it have had theirs.
    package func schedule(_ queue: Queue, _ turn: @escaping () -> Void) {
        switch queue {
        case .live: live.append(turn)
        case .history: history.append(turn)
        }
        scheduleRound()
    }

    private func scheduleRound() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().scheduleTask(in: Self.rest) { self.round() }
    }

    private func round() {
        live.popFirst()?()
        history.popFirst()?()
        isScheduled = false
        if !live.isEmpty || !history.isEmpty { scheduleRound() }
    }
}
