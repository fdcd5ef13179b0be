import DequeModule

/// The sessions whose clients have not joined a namespace yet: which is the oldest, and how many there are of each
/// connection and address.
///
/// A handshake costs a client one request, and the server a session for `connectTimeout`: they are counted by where
/// they come from, and where there are too many sessions the oldest of these goes.
struct UnjoinedSessions {
    /// Where a session was asked for. A part that the system does not know is not counted.
    struct Source: Hashable {
        /// The address of the peer: a client's, or a proxy's.
        let address: String?
        /// Its port, which with the address tells its connections apart.
        let port: Int?

        fileprivate var hasConnection: Bool { address != nil && port != nil }
    }

    private let maximumPerConnection: Int
    private let maximumPerAddress: Int
    private var sources: [String: Source] = [:]
    /// The ids in the order in which they came. May hold some that have gone from `sources`.
    private var order: Deque<String> = []
    private var byConnection: [Source: Int] = [:]
    private var byAddress: [String: Int] = [:]

    init(maximumPerConnection: Int, maximumPerAddress: Int) {
        self.maximumPerConnection = maximumPerConnection
        self.maximumPerAddress = maximumPerAddress
    }

    var count: Int { sources.count }

    /// Why no further one may come from there; nil when one may.
    func refusal(of source: Source) -> EngineError? {
        if byConnection[source, default: 0] >= maximumPerConnection { return .tooManyUnjoined("connection", maximumPerConnection) }
        guard let address = source.address, byAddress[address, default: 0] >= maximumPerAddress else { return nil }
        return .tooManyUnjoined("address", maximumPerAddress)
    }

    mutating func add(_ id: String, from source: Source) {
        sources[id] = source
        order.append(id)
        if source.hasConnection { byConnection[source, default: 0] += 1 }
        if let address = source.address { byAddress[address, default: 0] += 1 }
    }

    /// The session has ended, or its client has joined. Does nothing for others.
    mutating func remove(_ id: String) {
        guard let source = sources.removeValue(forKey: id) else { return }
        if source.hasConnection { Self.decrement(&byConnection, source) }
        if let address = source.address { Self.decrement(&byAddress, address) }
        forgetGone()
    }

    /// Takes out the one that came first.
    mutating func removeOldest() -> String? {
        while let id = order.popFirst() {
            guard sources[id] != nil else { continue }
            remove(id)
            return id
        }
        return nil
    }

    /// Most join in the order in which they came; so that one that does not cannot make `order` grow, it is made anew
    /// when less than half of it counts.
    private mutating func forgetGone() {
        while let first = order.first, sources[first] == nil { order.removeFirst() }
        if order.count > 2 * sources.count + 64 { order.removeAll { sources[$0] == nil } }
    }

    private static func decrement<Key>(_ counts: inout [Key: Int], _ key: Key) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
