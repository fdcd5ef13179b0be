import DequeModule
package import NIOCore
import NIOPosix

/// Runs long work on an event loop in short pieces, and lets the loop serve its sockets between the pieces.
///
/// `EventLoop.execute` does not do this: a loop runs its tasks until none is left before it looks at its sockets again
/// (swift-nio, `SelectableEventLoop.runOneLoopTick`), so work that continues with `execute` blocks all connections of
/// the loop. A loop has one scheduler, so that all long work of the loop takes turns: of two schedulers, each would be
/// due again after the other, and the loop would not return to its sockets.
package final class LoopScheduler: @unchecked Sendable {  // used on `loop` only
    /// A queue of pieces. Each round runs one piece of every queue.
    package enum Queue {
        /// Work that many clients wait for: messages to sockets, flushing.
        case live
        /// Work that one client waits for: history.
        case history
    }

    private static let current = ThreadSpecificVariable<LoopScheduler>()
    /// The pause before the next round: in the future when the loop looks for tasks again, and too short to notice.
    private static let pause = TimeAmount.microseconds(20)

    private let loop: any EventLoop
    private var live: Deque<() -> Void> = []
    private var history: Deque<() -> Void> = []
    private var isScheduled = false

    private init(_ loop: any EventLoop) { self.loop = loop }

    /// The scheduler of a loop. Must be called on that loop.
    package static func on(_ loop: any EventLoop) -> LoopScheduler {
        loop.preconditionInEventLoop()
        if let scheduler = current.currentValue, scheduler.loop === loop { return scheduler }
        let scheduler = LoopScheduler(loop)
        current.currentValue = scheduler
        return scheduler
    }

    /// Runs `piece` after the earlier pieces of its queue, and after the loop has served its sockets.
    package func schedule(_ queue: Queue, _ piece: @escaping () -> Void) {
        switch queue {
        case .live: live.append(piece)
        case .history: history.append(piece)
        }
        scheduleRound()
    }

    private func scheduleRound() {
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().scheduleTask(in: Self.pause) { self.runRound() }
    }

    private func runRound() {
        live.popFirst()?()
        history.popFirst()?()
        isScheduled = false
        if !live.isEmpty || !history.isEmpty { scheduleRound() }
    }
}
