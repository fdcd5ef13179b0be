import Synchronization

/// Holds whoever waits until it is opened, once and for all.
package final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
    private let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)

    package init() {}

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

    /// Returns when someone has come to wait.
    package func someoneWaits() async {
        for await _ in arrivals { return }
    }

    package func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
