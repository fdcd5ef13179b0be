internal import Synchronization

/// The head, and those who want to know when it moves.
final class HeadSignal: Sendable {
    private struct State {
        var isClosed = false
        /// The last head that observers and waiters were told of.
        var told: Offset
        var nextToken = 0
        var observers: [Int: @Sendable (Offset) -> Void] = [:]
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let value: Atomic<UInt64>
    private let state: Mutex<State>

    init(_ head: Offset) {
        value = Atomic(head.rawValue)
        state = Mutex(State(told: head))
    }

    var head: Offset { Offset(value.load(ordering: .acquiring)) }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Moves the head without telling anybody; never back. From any thread.
    func raise(to head: Offset) {
        value.max(head.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Moves the head and tells everybody, on the caller's thread; one thread only, so that heads are told in order.
    func advance(to head: Offset) {
        raise(to: head)
        let (observers, waiters) = state.withLock {
            state -> ([@Sendable (Offset) -> Void], [CheckedContinuation<Void, Never>]) in
            guard head > state.told else { return ([], []) }
            state.told = head
            defer { state.waiters.removeAll(keepingCapacity: true) }
            return (Array(state.observers.values), Array(state.waiters.values))
        }
        for observer in observers { observer(head) }
        for waiter in waiters { waiter.resume() }
    }

    /// Lets everybody who waits go.
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
