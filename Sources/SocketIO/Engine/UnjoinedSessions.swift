import DequeModule

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

    /// Why no session may begin from `source`; nil when one may.
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
        forgetGone()
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
    private mutating func forgetGone() {
        while let first = order.first, sources[first] == nil { order.removeFirst() }
        if order.count > 2 * sources.count + 64 { order.removeAll { sources[$0] == nil } }
    }

    private static func decrement<Key>(_ counts: inout [Key: Int], _ key: Key) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
