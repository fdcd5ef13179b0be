import DequeModule
import NIOCore
import Synchronization

/// The sessions of a server by their ids.
///
/// Sessions whose clients have not joined a namespace are limited for each connection and each address. When the table
/// is full, the oldest of them ends to make room for a new session: see ``UnjoinedSessions``.
final class EngineRegistry: Sendable {
    private struct State {
        var sessions: [String: EngineConnection] = [:]
        /// The ids of the `sessions` whose clients have not joined a namespace.
        var unjoined: UnjoinedSessions
        /// Sessions that have ended and wait for a last GET. They do not count towards the maximum.
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

    /// The error for a handshake from `source`; nil when a session may begin.
    func refusal(of source: UnjoinedSessions.Source) -> EngineError? {
        state.withLock { $0.refusal(of: source, maximum) }
    }

    subscript(id: String) -> EngineConnection? { state.withLock { $0.sessions[id] ?? $0.ended[id] } }

    /// Adds a session; if the table is full, ends the oldest session whose client has not joined a namespace.
    ///
    /// - Throws: an error when the session may not begin.
    func add(_ connection: EngineConnection) throws(EngineError) {
        let (refusal, evicted) = state.withLock { state -> (EngineError?, EngineConnection?) in
            if let refusal = state.refusal(of: connection.request.source, maximum) { return (refusal, nil) }
            return (nil, state.add(connection, maximum))
        }
        // Later: the caller is still beginning another session.
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
        // The removed sessions are released outside the lock.
        _ = state.withLock { state in
            state.unjoined.remove(connection.id)
            return (state.sessions.removeValue(forKey: connection.id), state.ended.removeValue(forKey: connection.id))
        }
    }

    /// Refuses all further sessions.
    ///
    /// - Returns: the sessions that exist.
    func close() -> [EngineConnection] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.sessions.values)
        }
    }
}

/// The sessions whose clients have not joined a namespace yet, counted for each connection and address, in the order
/// in which they began.
///
/// A handshake costs the client one request, and the server a session for `connectTimeout`. So the number of these
/// sessions is limited, and the oldest ends first when the table of sessions is full.
struct UnjoinedSessions {
    /// The peer that asked for a session: a client or a proxy. An unknown address or port (nil) is not counted.
    struct Source: Hashable {
        let address: String?
        /// Address and port together identify a connection.
        let port: Int?

        fileprivate var hasConnection: Bool { address != nil && port != nil }
    }

    private let maximumPerConnection: Int
    private let maximumPerAddress: Int
    private var sources: [String: Source] = [:]
    /// The ids, the oldest first. May hold ids that are no longer in `sources`.
    private var order: Deque<String> = []
    private var byConnection: [Source: Int] = [:]
    private var byAddress: [String: Int] = [:]

    init(maximumPerConnection: Int, maximumPerAddress: Int) {
        self.maximumPerConnection = maximumPerConnection
        self.maximumPerAddress = maximumPerAddress
    }

    var count: Int { sources.count }

    /// The error for a handshake from `source`; nil when a session may begin.
    func refusal(of source: Source) -> EngineError? {
        if byConnection[source, default: 0] >= maximumPerConnection {
            return .tooManyUnjoined("connection", maximumPerConnection)
        }
        guard let address = source.address, byAddress[address, default: 0] >= maximumPerAddress else { return nil }
        return .tooManyUnjoined("address", maximumPerAddress)
    }

    mutating func add(_ id: String, from source: Source) {
        sources[id] = source
        order.append(id)
        if source.hasConnection { byConnection[source, default: 0] += 1 }
        if let address = source.address { byAddress[address, default: 0] += 1 }
    }

    /// Removes a session that has ended or whose client has joined. An unknown id is ignored.
    mutating func remove(_ id: String) {
        guard let source = sources.removeValue(forKey: id) else { return }
        if source.hasConnection { Self.decrement(&byConnection, source) }
        if let address = source.address { Self.decrement(&byAddress, address) }
        removeStaleIDs()
    }

    /// Removes the oldest session and returns its id.
    mutating func removeOldest() -> String? {
        while let id = order.popFirst() {
            guard sources[id] != nil else { continue }
            remove(id)
            return id
        }
        return nil
    }

    /// Removes ids from `order` that are no longer in `sources`.
    ///
    /// Most sessions join in the order in which they began, so those ids are at the front. Behind a session that does not
    /// join they pile up: `order` is filtered when less than half of it is in use.
    private mutating func removeStaleIDs() {
        while let first = order.first, sources[first] == nil { order.removeFirst() }
        if order.count > 2 * sources.count + 64 { order.removeAll { sources[$0] == nil } }
    }

    private static func decrement<Key>(_ counts: inout [Key: Int], _ key: Key) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}

/// Creates ids that cannot be guessed.
package enum SessionID {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 20 characters of the URL-safe base64 alphabet: 120 random bits.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: 20) { room in
            for half in 0..<2 {
                var bits = generator.next()
                for index in 0..<10 {
                    room[half * 10 + index] = alphabet[Int(bits & 63)]
                    bits >>= 6
                }
            }
            return 20
        }
    }
}
