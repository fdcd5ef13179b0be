import Synchronization

/// Lets tasks wait until it is opened; it stays open.
package final class Latch: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
    private let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)

    /// A closed latch.
    package init() {}

    /// Returns when the latch is open.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
            arrived.yield()
        }
    }

    /// Returns when a task has begun to wait.
    package func waiterArrived() async {
        for await _ in arrivals { return }
    }

    /// Opens the latch and resumes all waiting tasks.
    package func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
