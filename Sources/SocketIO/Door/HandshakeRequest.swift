import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The HTTP request with which a client began its session; all sockets of the session share it.
public struct HandshakeRequest: Sendable {
    /// The path without the query, as it was sent: `/socket.io/`.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// Path and query, as they were sent.
    public var target: String { head.uri }

    /// The address of the peer: a client's, or a proxy's. Nil when the system does not know it.
    public let remoteAddress: String?

    /// When the request came: seconds since 1970-01-01 00:00 UTC.
    public let time: Duration

    /// The address and connection for which the session counts until its client has joined a namespace.
    let source: UnjoinedSessions.Source

    private let head: HTTPRequestHead

    init(_ head: HTTPRequestHead, from peer: SocketAddress?) {
        self.head = head
        remoteAddress = peer?.ipAddress
        source = UnjoinedSessions.Source(address: peer?.ipAddress, port: peer?.port)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        time = .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }

    /// The query's parameters in their order, decoded, with Engine.IO's own.
    public var query: [(name: String, value: String)] { RequestTarget(target).items }

    /// The first parameter of this name, decoded.
    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The headers in their order, names as they were sent.
    public var headers: [(name: String, value: String)] { head.headers.map { ($0.name, $0.value) } }

    /// The first header of this name, in any case of letters.
    public func header(_ name: String) -> String? { head.headers.first(name: name) }
}
