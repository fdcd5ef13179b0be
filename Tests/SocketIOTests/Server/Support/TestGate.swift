import Synchronization

/// Holds whoever waits until it is opened, once and for all.
final class TestGate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
    private let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)

    func wait() async {
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
    func someoneWaits() async {
        for await _ in arrivals { return }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
