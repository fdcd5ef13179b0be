import Synchronization

/// The sessions by their ids.
final class EngineRegistry: Sendable {
    private struct State {
        var sessions: [String: EngineConnection] = [:]
        /// Those that have ended and are kept for a last GET. They keep no other session out.
        var ended: [String: EngineConnection] = [:]
        var isClosed = false

        func refusal(_ maximum: Int) -> EngineError? {
            if isClosed { return .shuttingDown }
            return sessions.count < maximum ? nil : .tooManySessions
        }
    }

    private let maximum: Int
    private let state = Mutex(State())

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLock { $0.sessions.count + $0.ended.count } }

    /// Why no further session may begin; nil when one may.
    var refusal: EngineError? { state.withLock { $0.refusal(maximum) } }

    subscript(id: String) -> EngineConnection? { state.withLock { $0.sessions[id] ?? $0.ended[id] } }

    /// Adds a session unless there are too many.
    func add(_ connection: EngineConnection) throws(EngineError) {
        let refusal = state.withLock { state in
            let refusal = state.refusal(maximum)
            if refusal == nil { state.sessions[connection.id] = connection }
            return refusal
        }
        if let refusal { throw refusal }
    }

    /// Keeps a session that has ended, so that its last GET finds it.
    ///
    /// - Returns: whether it is kept: not when as many are as there may be sessions.
    func keepForLastGet(_ connection: EngineConnection) -> Bool {
        state.withLock { state in
            guard state.ended.count < maximum, state.sessions.removeValue(forKey: connection.id) != nil else { return false }
            state.ended[connection.id] = connection
            return true
        }
    }

    func remove(_ connection: EngineConnection) {
        // What is removed is released outside the lock.
        _ = state.withLock { state in
            (state.sessions.removeValue(forKey: connection.id), state.ended.removeValue(forKey: connection.id))
        }
    }

    /// Lets no further session begin; answers those there are.
    func close() -> [EngineConnection] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.sessions.values)
        }
    }
}
