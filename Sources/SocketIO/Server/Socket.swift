import NIOCore
import Synchronization

/// One client in one namespace.
///
/// May be used from any task. What one task does with sockets and namespaces, emitting, joining,
/// leaving, happens in the order in which it does it; nothing waits for the client. A socket is also a
/// room: whatever goes to the room named like its ``id`` goes to it.
///
/// Its events are handled one after the other, in the order in which they came. While a handler waits,
/// the next events wait with it, so it can rely on its own changes; work that should go on beside them
/// belongs in a task of its own.
///
/// `@unchecked Sendable`: `member` belongs to the loop of the connection; the rest is constant or locked.
public final class Socket: @unchecked Sendable {
    /// How many answers a client may owe at a time.
    public static let maximumAcks = 1024

    /// Another one for each namespace and each connection, unless a session was recovered.
    public let id: String
    /// Where the client has joined.
    public let namespace: Namespace
    /// The request that began the client's session.
    public let handshake: HandshakeRequest
    /// Whether the client goes on with a session that it had before.
    ///
    /// The events that it missed are sent after the answer to its CONNECT, unlike in Node: see <doc:Recovery>.
    public let isRecovered: Bool
    /// Counts the server's sockets as they come.
    let number: UInt64
    /// The JSON object that came with CONNECT.
    package let authJSON: [UInt8]?
    /// What the client recovers its session with.
    let pid: String?
    /// Whether the backend takes attachments; true without a backend.
    let backendTakesAttachments: Bool
    let seat: Seat
    let state = Mutex(SocketState())
    /// What the shard knows of it; nil before CONNECT and from its end on.
    var member: SocketMember?

    init(_ request: ConnectRequest, in namespace: Namespace, seat: Seat, admission: Admission? = nil) {
        id = admission?.id ?? request.id
        pid = admission?.pid
        isRecovered = admission?.isRecovered ?? false
        backendTakesAttachments = admission?.takesAttachments ?? true
        self.namespace = namespace
        number = namespace.server.nextSocketNumber()
        handshake = request.handshake
        authJSON = request.auth
        self.seat = seat
    }

    /// How the client's packets travel now.
    public var transport: Transport { seat.transport }

    /// Whether the socket has joined its namespace and has not left it.
    public var isConnected: Bool { state.withLock { $0.phase == .connected } }

    /// What the client sent as `auth` when it connected; an empty object where it sent none.
    ///
    /// - Throws: `ArgumentError` when it is not of the type.
    public func auth<Auth: Decodable>(as type: Auth.Type = Auth.self) throws(ArgumentError) -> Auth {
        var array = [UInt8(ascii: "[")]
        array += authJSON ?? Array("{}".utf8)
        array.append(UInt8(ascii: "]"))
        return try Arguments(.init(bytes: array), attachments: [], skippingName: false).decode(type, at: 0)
    }

    /// Ends the socket.
    ///
    /// What was emitted before still leaves. The client is told, and does not connect again by itself.
    ///
    /// - Parameter close: whether the connection is closed too, with the client's sockets in other namespaces.
    public func disconnect(close: Bool = false) {
        namespace.server.switchboard.post(.disconnect(self, close: close), to: seat)
    }
}

extension Socket: Hashable {
    public static func == (one: Socket, other: Socket) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
