import Dispatch
import HTTPTypes
import Synchronization

/// Lets few folds run at once, off the threads that serve; some wait their turn, and more are told to come again.
final class FoldGate: Sendable {
    /// How many run at once, and how many wait.
    static let maximumRunning = 2
    static let maximumWaiting = 8

    private struct State {
        var running = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())
    /// Its own: folds last, and what else blocks shall not queue behind them.
    private let queue = DispatchQueue(label: "bitacora.folds", qos: .utility, attributes: .concurrent)

    /// Runs `work` when its turn comes, first come, first served.
    ///
    /// - Throws: `busy` (503) at once when enough wait already; what `work` throws.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        guard await enter() else {
            var problem = Problem(.serviceUnavailable, "busy", "the server is working out other states of the past; try again in a moment")
            problem.headers[.retryAfter] = "1"
            throw problem
        }
        defer { leave() }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: .init(catching: work)) }
        }
    }

    /// False when too many wait.
    private func enter() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.running < Self.maximumRunning {
                    state.running += 1
                    return true
                }
                guard state.waiting.count < Self.maximumWaiting else { return false }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Hands the place to who waits longest.
    private func leave() {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }

    /// How many run and wait, for tests.
    var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }
}
