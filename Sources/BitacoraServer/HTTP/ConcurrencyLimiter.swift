import DequeModule
import Dispatch
import HTTPTypes
import Synchronization

/// Limits how many pieces of long work run at once.
///
/// The work runs on threads of its own, so that the threads that serve requests do not wait for it. A limited number of
/// callers wait; with more, the server answers 503 `busy`.
final class ConcurrencyLimiter: Sendable {
    /// The maximum number of pieces of work that run at once.
    static let maximumRunning = 2

    /// For past states, which may take seconds each.
    static func forPastStates() -> ConcurrencyLimiter {
        ConcurrencyLimiter(
            "states", maximumWaiting: 8,
            busy: "the server is busy with other requests for past states; try again in a moment")
    }

    /// For searches of the log, which take a fraction of a second each.
    static func forSearches() -> ConcurrencyLimiter {
        ConcurrencyLimiter(
            "searches", maximumWaiting: 64,
            busy: "the server is busy with other searches of the log; try again in a moment")
    }

    /// For long reads of the log for one client, in steps of about a millisecond; every connection may wait.
    static func forReads() -> ConcurrencyLimiter {
        ConcurrencyLimiter(
            "reads", maximumWaiting: .max, busy: "the server is busy with other reads of the log; try again in a moment"
        )
    }

    /// For pages of the rows of collections, which take up to a second in a large collection.
    static func forRows() -> ConcurrencyLimiter {
        ConcurrencyLimiter(
            "rows", maximumWaiting: 256,
            busy: "the server is busy with other requests for rows; try again in a moment")
    }

    /// For the first rows of live readers. `WindowReservations` refuses readers before the limit is reached.
    static func forRowWindows() -> ConcurrencyLimiter {
        ConcurrencyLimiter(
            "windows", maximumWaiting: WindowReservations.maximumSearches,
            busy: "the server is busy with other live readers of rows; try again in a moment")
    }

    /// The maximum number of callers that wait.
    let maximumWaiting: Int
    /// The detail of the problem when too many callers wait.
    private let busy: String

    private struct State {
        var running = 0
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
    }

    private let state = Mutex(State())
    /// A queue of its own: the work takes long, and other blocking work must not wait behind it.
    private let queue: DispatchQueue

    init(_ name: String, maximumWaiting: Int, busy: String) {
        self.maximumWaiting = maximumWaiting
        self.busy = busy
        queue = DispatchQueue(label: "bitacora." + name, qos: .utility, attributes: .concurrent)
    }

    /// Runs `work` when its turn comes; callers are served in the order in which they arrive.
    ///
    /// - Throws: `Problem` 503 `busy` at once when too many callers wait; `CancellationError` when the calling task was
    ///   cancelled before its turn came; what `work` throws.
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

    /// Waits until a piece of work may run.
    ///
    /// - Returns: false when too many callers wait.
    private func enter() async -> Bool {
        await withCheckedContinuation { continuation in
            let result: Bool? = state.withLock { state in
                if state.running < Self.maximumRunning {
                    state.running += 1
                    return true
                }
                guard state.waiting.count < maximumWaiting else { return false }
                state.waiting.append(continuation)
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    /// Lets the caller that has waited longest run.
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

    /// How many pieces of work run and how many callers wait; for tests.
    var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }
}
