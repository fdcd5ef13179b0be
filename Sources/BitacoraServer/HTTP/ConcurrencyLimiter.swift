import DequeModule
import Dispatch
import HTTPTypes
import Synchronization

/// Lets few pieces of long work run at once, off the threads that serve; some wait their turn, and more are told to come again.
final class WorkGate: Sendable {
    /// How many run at once.
    static let maximumRunning = 2

    /// For states of the past, which may take seconds each.
    static func folds() -> WorkGate {
        WorkGate(
            "folds", maximumWaiting: 8,
            busy: "the server is working out other states of the past; try again in a moment")
    }

    /// For searches of the log, which take a fraction of a second each.
    static func searches() -> WorkGate {
        WorkGate(
            "searches", maximumWaiting: 64,
            busy: "the server is looking for other things in the log; try again in a moment")
    }

    /// For long reads of the log for one client, in steps of about a millisecond; every connection may wait.
    static func reads() -> WorkGate {
        WorkGate("reads", maximumWaiting: .max, busy: "the server is reading the log for others; try again in a moment")
    }

    /// The most that wait.
    let maximumWaiting: Int
    /// What is said to one too many.
    private let busy: String

    private struct State {
        var running = 0
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
    }

    private let state = Mutex(State())
    /// Its own: this work lasts, and what else blocks shall not queue behind it.
    private let queue: DispatchQueue

    init(_ name: String, maximumWaiting: Int, busy: String) {
        self.maximumWaiting = maximumWaiting
        self.busy = busy
        queue = DispatchQueue(label: "bitacora." + name, qos: .utility, attributes: .concurrent)
    }

    /// Runs `work` when its turn comes, first come, first served.
    ///
    /// - Throws: `busy` (503) at once when enough wait already; what `work` throws; `CancellationError` when nobody
    ///   waits for it any more as its turn comes.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        guard await enter() else {
            var problem = Problem(.serviceUnavailable, "busy", busy)
            problem.headers[.retryAfter] = "1"
            throw problem
        }
        defer { leave() }
        try Task.checkCancellation()
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
                guard state.waiting.count < maximumWaiting else { return false }
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
