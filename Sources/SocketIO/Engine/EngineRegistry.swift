import NIOCore
import Synchronization

/// The sessions by their ids.
///
/// Those whose clients have not joined a namespace are limited by where they come from, and are the first to go when
/// there are too many sessions: see ``UnjoinedSessions``.
final class EngineRegistry: Sendable {
    private struct State {
        var sessions: [String: EngineConnection] = [:]
        /// Of `sessions`.
        var unjoined: UnjoinedSessions
        /// Those that have ended and are kept for a last GET. They keep no other session out.
        var ended: [String: EngineConnection] = [:]
        var isClosed = false

        func refusal(of source: UnjoinedSessions.Source, _ maximum: Int) -> EngineError? {
            if isClosed { return .shuttingDown }
            if let refusal = unjoined.refusal(of: source) { return refusal }
            return sessions.count < maximum || unjoined.count > 0 ? nil : .tooManySessions
        }

        /// - Returns: the session that has to go for it.
        mutating func add(_ connection: EngineConnection, _ maximum: Int) -> EngineConnection? {
            var evicted: EngineConnection?
            if sessions.count >= maximum, let oldest = unjoined.removeOldest() {
                evicted = sessions.removeValue(forKey: oldest)
            }
            sessions[connection.id] = connection
            unjoined.add(connection.id, from: connection.request.source)
            return evicted
        }
    }

    private let maximum: Int
    private let state: Mutex<State>

    init(_ options: SocketIOOptions) {
        maximum = options.maximumSessions
        let unjoined = UnjoinedSessions(
            maximumPerConnection: options.maximumUnjoinedPerConnection,
            maximumPerAddress: options.maximumUnjoinedPerAddress)
        state = Mutex(State(unjoined: unjoined))
    }

    var count: Int { state.withLock { $0.sessions.count + $0.ended.count } }

    /// Why no further session may begin from there; nil when one may.
    func refusal(of source: UnjoinedSessions.Source) -> EngineError? { state.withLock { $0.refusal(of: source, maximum) } }

    subscript(id: String) -> EngineConnection? { state.withLock { $0.sessions[id] ?? $0.ended[id] } }

    /// Adds a session unless there are too many; where an older one whose client has not joined is in its way, that ends.
    func add(_ connection: EngineConnection) throws(EngineError) {
        let (refusal, evicted) = state.withLock { state -> (EngineError?, EngineConnection?) in
            if let refusal = state.refusal(of: connection.request.source, maximum) { return (refusal, nil) }
            return (nil, state.add(connection, maximum))
        }
        // Later: not from inside the beginning of another.
        if let evicted { evicted.loop.execute { evicted.perform { $0.evict() } } }
        if let refusal { throw refusal }
    }

    /// The client has joined a namespace: the session does not go for another one any more.
    func hasJoined(_ connection: EngineConnection) { state.withLock { $0.unjoined.remove(connection.id) } }

    /// Keeps a session that has ended, so that its last GET finds it.
    ///
    /// - Returns: whether it is kept: not when as many are as there may be sessions.
    func keepForLastGet(_ connection: EngineConnection) -> Bool {
        state.withLock { state in
            guard state.ended.count < maximum, state.sessions.removeValue(forKey: connection.id) != nil else { return false }
            state.unjoined.remove(connection.id)
            state.ended[connection.id] = connection
            return true
        }
    }

    func remove(_ connection: EngineConnection) {
        // What is removed is released outside the lock.
        _ = state.withLock { state in
            state.unjoined.remove(connection.id)
            return (state.sessions.removeValue(forKey: connection.id), state.ended.removeValue(forKey: connection.id))
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
