import Base64
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The HTTP request that began a client's session. All sockets of the session share it.
public struct HandshakeRequest: Sendable {
    /// The path without the query, as the client sent it: `/socket.io/`.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// The path and the query, as the client sent them.
    public var target: String { head.uri }

    /// The IP address of the peer, which is the client or a proxy; nil when the operating system does not know it.
    public let remoteAddress: String?

    /// The time when the request came, since 1970-01-01 00:00 UTC.
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

    /// The query's parameters in their order, decoded, including those of Engine.IO.
    public var query: [(name: String, value: String)] { RequestTarget(target).items }

    /// Returns the decoded value of the first parameter with this name; nil if there is none.
    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The headers in their order, with names as the client sent them.
    public var headers: [(name: String, value: String)] { head.headers.map { ($0.name, $0.value) } }

    /// Returns the first header with this name; nil if there is none. The case of letters does not matter.
    public func header(_ name: String) -> String? { head.headers.first(name: name) }
}

/// The path and the query of a request's target. The query is parsed like a form by WHATWG's URL standard.
struct RequestTarget {
    let path: Substring
    private let query: Substring

    init(_ target: String) {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = target[..<(mark ?? target.endIndex)]
        query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
    }

    /// The parameters in their order, decoded; a parameter without `=` has an empty value.
    var items: [(name: String, value: String)] {
        parts.map { part in
            let (name, value) = Self.split(part)
            return (FormEncoding.decoded(name), FormEncoding.decoded(value))
        }
    }

    /// The decoded value of the first parameter with this name. The names are compared without decoding.
    subscript(name: String) -> String? {
        for part in parts {
            let (found, value) = Self.split(part)
            if found.utf8.elementsEqual(name.utf8) { return FormEncoding.decoded(value) }
        }
        return nil
    }

    private var parts: [Substring] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { Substring($0) }
    }

    private static func split(_ part: Substring) -> (name: Substring, value: Substring) {
        guard let mark = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (part, "") }
        return (part[..<mark], part[part.utf8.index(after: mark)...])
    }
}
