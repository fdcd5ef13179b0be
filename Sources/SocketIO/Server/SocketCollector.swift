import Synchronization

/// Brings together the sockets which the shards find.
final class SocketCollector: Sendable {
    private struct State {
        var shards = 0
        var sockets: [Socket] = []
    }

    private let state = Mutex(State())
    private let continuation: CheckedContinuation<[Socket], Never>

    init(_ continuation: CheckedContinuation<[Socket], Never>) { self.continuation = continuation }

    func expect(shards: Int) {
        state.withLock { $0.shards = shards }
        if shards == 0 { continuation.resume(returning: []) }
    }

    func add(_ sockets: [Socket]) {
        let all = state.withLock { state -> [Socket]? in
            state.sockets += sockets
            state.shards -= 1
            return state.shards == 0 ? state.sockets : nil
        }
        if let all { continuation.resume(returning: all) }
    }
}
