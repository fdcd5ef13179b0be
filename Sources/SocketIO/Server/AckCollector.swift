import NIOCore
import Synchronization

/// Collects the acknowledgements of one broadcast.
///
/// Every event loop reports the sockets that it has sent the packet to, and that it is done. The call ends when all
/// loops are done and every socket has answered or disconnected, or when the timeout has passed.
final class AckCollector: Sendable {
    /// The answers by socket id, and the ids of the sockets that did not answer.
    struct Outcome: Sendable {
        var answers: [String: Arguments] = [:]
        var missing: [String] = []
    }

    private struct State {
        /// The number of loops that are not done yet.
        var loops = 0
        var waiting: [String: Socket] = [:]
        var outcome = Outcome()
        var continuation: CheckedContinuation<Outcome, Never>?
        var timer: Scheduled<Void>?
        var isOver = false
    }

    /// The packet's ack id.
    let id: UInt64
    private let state = Mutex(State())

    init(id: UInt64) { self.id = id }

    /// Call this before the broadcast is enqueued.
    ///
    /// If the call has been cancelled before, the continuation is resumed at once.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        if isOver { continuation.resume(returning: Outcome()) }
    }

    /// - Parameter timer: ends the call at the timeout; nil when there is no loop, and so no socket.
    func expect(loops: Int, timer: Scheduled<Void>?) {
        finish { state in
            state.loops = loops
            state.timer = timer
        }
    }

    /// - Returns: whether the packet may be sent to the socket.
    func expect(_ socket: Socket) -> Bool {
        let isWaiting = state.withLock { state in
            guard !state.isOver else { return false }
            state.waiting[socket.id] = socket
            return true
        }
        guard isWaiting else { return false }
        if socket.expectAck(id, .broadcast(self)) { return true }
        lost(socket)
        return false
    }

    func loopIsDone() { finish { $0.loops -= 1 } }

    func answered(_ arguments: Arguments, by socket: Socket) {
        finish { state in
            guard state.waiting.removeValue(forKey: socket.id) != nil else { return }
            state.outcome.answers[socket.id] = arguments
        }
    }

    func lost(_ socket: Socket) {
        finish { state in
            guard state.waiting.removeValue(forKey: socket.id) != nil else { return }
            state.outcome.missing.append(socket.id)
        }
    }

    /// Ends the call: the timeout has passed, or the caller was cancelled.
    func expire() {
        var late: [Socket] = []
        // In one step, because a loop may be sending the packet at this moment.
        finish { state in
            late = Array(state.waiting.values)
            state.outcome.missing += state.waiting.keys
            state.waiting = [:]
            state.isOver = true
        }
        for socket in late { socket.removeAck(id) }
    }

    private func finish(after change: (inout State) -> Void) {
        let (continuation, timer, outcome) = state.withLock { state in
            change(&state)
            guard state.isOver || (state.loops == 0 && state.waiting.isEmpty) else {
                return (nil as CheckedContinuation<Outcome, Never>?, nil as Scheduled<Void>?, state.outcome)
            }
            state.isOver = true
            defer {
                state.continuation = nil
                state.timer = nil
            }
            return (state.continuation, state.timer, state.outcome)
        }
        timer?.cancel()
        continuation?.resume(returning: outcome)
    }
}

/// The call that waits for a socket's acknowledgement.
enum PendingAck: Sendable {
    /// `Socket.emitWithAck`, with the timer that ends the call.
    case call(CheckedContinuation<Arguments, any Error>, Scheduled<Void>)
    /// A broadcast, whose collector has its own timer.
    case broadcast(AckCollector)

    func answer(_ arguments: Arguments, from socket: Socket) {
        switch self {
        case .call(let continuation, let timer):
            timer.cancel()
            continuation.resume(returning: arguments)
        case .broadcast(let collector):
            collector.answered(arguments, by: socket)
        }
    }

    func fail(_ error: any Error, _ socket: Socket) {
        switch self {
        case .call(let continuation, let timer):
            timer.cancel()
            continuation.resume(throwing: error)
        case .broadcast(let collector):
            collector.lost(socket)
        }
    }
}
