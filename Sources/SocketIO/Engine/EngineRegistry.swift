import Synchronization

/// The sessions by their ids.
final class EngineRegistry: Sendable {
    private struct State {
        var sessions: [String: EngineConnection] = [:]
        var isClosed = false

        func refusal(_ maximum: Int) -> EngineError? {
            if isClosed { return .shuttingDown }
            return sessions.count < maximum ? nil : .tooManySessions
        }
    }

    private let maximum: Int
    private let state = Mutex(State())

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLock { $0.sessions.count } }

    /// Why no further session may begin; nil when one may.
    var refusal: EngineError? { state.withLock { $0.refusal(maximum) } }

    subscript(id: String) -> EngineConnection? { state.withLock { $0.sessions[id] } }

    /// Adds a session unless there are too many.
    func add(_ connection: EngineConnection) throws(EngineError) {
        let refusal = state.withLock { state in
            let refusal = state.refusal(maximum)
            if refusal == nil { state.sessions[connection.id] = connection }
            return refusal
        }
        if let refusal { throw refusal }
    }

    func remove(_ connection: EngineConnection) {
        // What is removed is released outside the lock.
        _ = state.withLock { $0.sessions.removeValue(forKey: connection.id) }
    }

    /// Lets no further session begin; answers those there are.
    func close() -> [EngineConnection] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.sessions.values)
        }
    }
}
