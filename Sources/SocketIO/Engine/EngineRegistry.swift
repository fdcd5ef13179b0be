import NIOCore
import Synchronization

/// The sessions by their ids.
///
/// Sessions whose clients have not joined a namespace are limited for each connection and each address. When the table
/// is full, the oldest of them ends to make room for a new session: see ``UnjoinedSessions``.
final class EngineRegistry: Sendable {
    private struct State {
        var sessions: [String: EngineConnection] = [:]
        /// Those of `sessions` whose clients have not joined a namespace.
        var unjoined: UnjoinedSessions
        /// Sessions that have ended and wait for a last GET. They do not count when a new session begins.
        var ended: [String: EngineConnection] = [:]
        var isClosed = false

        func refusal(of source: UnjoinedSessions.Source, _ maximum: Int) -> EngineError? {
            if isClosed { return .shuttingDown }
            if let refusal = unjoined.refusal(of: source) { return refusal }
            return sessions.count < maximum || unjoined.count > 0 ? nil : .tooManySessions
        }

        /// Adds a session, in the place of the oldest unjoined one if the table is full.
        ///
        /// - Returns: the session that was removed, which the caller ends.
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

    /// Why no session may begin from `source`; nil when one may.
    func refusal(of source: UnjoinedSessions.Source) -> EngineError? {
        state.withLock { $0.refusal(of: source, maximum) }
    }

    subscript(id: String) -> EngineConnection? { state.withLock { $0.sessions[id] ?? $0.ended[id] } }

    /// Adds a session; if the table is full, ends the oldest session whose client has not joined a namespace.
    ///
    /// - Throws: why the session may not begin.
    func add(_ connection: EngineConnection) throws(EngineError) {
        let (refusal, evicted) = state.withLock { state -> (EngineError?, EngineConnection?) in
            if let refusal = state.refusal(of: connection.request.source, maximum) { return (refusal, nil) }
            return (nil, state.add(connection, maximum))
        }
        // In a task of its own: here another session is still beginning.
        if let evicted { evicted.loop.execute { evicted.perform { $0.evict() } } }
        if let refusal { throw refusal }
    }

    /// Records that the client has joined a namespace: its session no longer ends to make room for a new one.
    func hasJoined(_ connection: EngineConnection) { state.withLock { $0.unjoined.remove(connection.id) } }

    /// Keeps a session that has ended, so that its last GET finds it.
    ///
    /// - Returns: false when `maximum` ended sessions are kept already, or the session was removed.
    func keepForLastGet(_ connection: EngineConnection) -> Bool {
        state.withLock { state in
            guard state.ended.count < maximum, state.sessions.removeValue(forKey: connection.id) != nil else {
                return false
            }
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
