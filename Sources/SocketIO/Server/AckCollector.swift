import NIOCore
import Synchronization

/// Collects the answers to one broadcast.
///
/// Every shard says which sockets it has sent it to, and when it is done; the call ends when all shards
/// are done and all sockets have answered or are lost, or when its time is over.
final class AckCollector: Sendable {
    struct Outcome: Sendable {
        var answers: [String: Arguments] = [:]
        var missing: [String] = []
    }

    private struct State {
        var shards = 0
        var waiting: [String: Socket] = [:]
        var outcome = Outcome()
        var continuation: CheckedContinuation<Outcome, Never>?
        var timer: Scheduled<Void>?
        var isOver = false
    }

    /// The packet's id.
    let id: UInt64
    private let state = Mutex(State())

    init(id: UInt64) { self.id = id }

    /// To be called before the broadcast is posted, unless the call has been cancelled before.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        let isOver = state.withLock { state in
            if !state.isOver { state.continuation = continuation }
            return state.isOver
        }
        if isOver { continuation.resume(returning: Outcome()) }
    }

    /// - Parameter timer: ends the waiting; nil where nobody can be asked.
    func expect(shards: Int, timer: Scheduled<Void>?) {
        finish { state in
            state.shards = shards
            state.timer = timer
        }
    }

    /// - Returns: whether the socket may be sent the packet.
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

    func shardIsDone() { finish { $0.shards -= 1 } }

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

    /// The time is over, or the caller waits no longer.
    func expire() {
        var late: [Socket] = []
        // In one step: a shard that is at it right now must find the waiting over.
        finish { state in
            late = Array(state.waiting.values)
            state.outcome.missing += state.waiting.keys
            state.waiting = [:]
            state.isOver = true
        }
        for socket in late { socket.forgetAck(id) }
    }

    private func finish(after change: (inout State) -> Void) {
        let (continuation, timer, outcome) = state.withLock { state in
            change(&state)
            guard state.isOver || (state.shards == 0 && state.waiting.isEmpty) else {
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

/// Who waits for a socket's answer.
enum PendingAck: Sendable {
    /// One call, with the timer that ends its waiting.
    case call(CheckedContinuation<Arguments, any Error>, Scheduled<Void>)
    /// A broadcast, which has its own timer.
    case broadcast(AckCollector)

    func answer(_ id: UInt64, _ arguments: Arguments, from socket: Socket) {
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
