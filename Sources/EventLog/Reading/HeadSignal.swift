internal import Synchronization

/// The head of a log, with the observers and waiting tasks that are notified when it moves.
final class HeadSignal: Sendable {
    private struct State {
        var isClosed = false
        /// The last head that observers and waiters were notified of.
        var notified: Offset
        var nextToken = 0
        var observers: [Int: @Sendable (Offset) -> Void] = [:]
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let value: Atomic<UInt64>
    private let state: Mutex<State>

    init(_ head: Offset) {
        value = Atomic(head.rawValue)
        state = Mutex(State(notified: head))
    }

    var head: Offset { Offset(value.load(ordering: .acquiring)) }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Moves the head forward without a notification. May be called on any thread.
    func raise(to head: Offset) {
        value.max(head.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Moves the head forward and notifies all observers and waiters, on the caller's thread.
    ///
    /// Must be called on one thread only, so that the notifications are in order.
    func advance(to head: Offset) {
        raise(to: head)
        let (observers, waiters) = state.withLock {
            state -> ([@Sendable (Offset) -> Void], [CheckedContinuation<Void, Never>]) in
            guard head > state.notified else { return ([], []) }
            state.notified = head
            defer { state.waiters.removeAll(keepingCapacity: true) }
            return (Array(state.observers.values), Array(state.waiters.values))
        }
        for observer in observers { observer(head) }
        for waiter in waiters { waiter.resume() }
    }

    /// Resumes all waiters and removes all observers.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            state.observers.removeAll()
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    func observe(_ observer: @escaping @Sendable (Offset) -> Void) -> Int {
        state.withLock { state in
            state.nextToken += 1
            if !state.isClosed { state.observers[state.nextToken] = observer }
            return state.nextToken
        }
    }

    func stopObserving(_ token: Int) {
        state.withLock { _ = $0.observers.removeValue(forKey: token) }
    }

    /// Returns when the head is beyond `offset`, the log is closed, or the task is cancelled.
    func wait(beyond offset: Offset) async {
        let token = state.withLock { state in
            state.nextToken += 1
            return state.nextToken
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    // Under the lock: an `advance` after this check finds the waiter.
                    guard head <= offset, !state.isClosed, !Task.isCancelled else { return false }
                    state.waiters[token] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: token) }?.resume()
        }
    }
}
