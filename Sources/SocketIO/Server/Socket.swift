import DequeModule
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

/// What an application keeps with a socket, by name; from any task.
public struct SocketData: Sendable {
    private let socket: Socket

    init(_ socket: Socket) { self.socket = socket }

    /// Reads nil where nothing of the type is kept under the name.
    public subscript<Value: Sendable>(_ name: String) -> Value? {
        get { socket.state.withLock { $0.data[name] } as? Value }
        nonmutating set {
            // The old value is let go outside the lock, which its `deinit` may ask for.
            _ = socket.state.withLock { state in
                defer { state.data[name] = newValue }
                return state.data[name]
            }
        }
    }
}

extension Socket {
    /// What the application keeps with this socket: `socket.data["user"] = user`.
    public var data: SocketData {
        SocketData(self)
    }
}

/// What any task may look at and change in a socket; guarded by its lock.
struct SocketState: Sendable {
    /// What the socket's task does next.
    enum Work: Sendable {
        /// Run the middleware.
        case letIn
        /// Run what waits for connections.
        case tellConnection
        case event(SocketEvent)
        case tellEnd(DisconnectReason)
    }

    enum Phase {
        /// Not answered yet.
        case admitting
        case connected
        case ended
    }

    var phase = Phase.admitting

    // Rooms
    /// As of what has been posted, its own room apart.
    var rooms: Set<String> = []
    /// How many of the posts that made `rooms` so are still to be done.
    var roomPosts = 0
    /// Whether somebody else's `socketsJoin` or `socketsLeave` has come between these posts.
    var roomsAreStale = false

    // Events
    var waiting: Deque<Work> = []
    /// How many bytes the events have that wait.
    var waitingBytes = 0
    /// Whether a task does what waits.
    var isWorking = false
    /// Whether the connection is not read until half of what waits is done.
    var isPausing = false
    /// Whether the connection's loop has been told to read on.
    var isResuming = false

    // Handlers
    var handlers: [String: [EventHandler]] = [:]
    var catchAll: [@Sendable (SocketEvent) async throws -> Void] = []
    var middleware: [@Sendable (SocketEvent) async throws -> Void] = []
    var onDisconnecting: [@Sendable (DisconnectReason) async throws -> Void] = []
    var onDisconnect: [@Sendable (DisconnectReason) async throws -> Void] = []

    // Answers that are due
    var acks: [UInt64: PendingAck] = [:]

    var data: [String: any Sendable] = [:]

    var hearsEvents: Bool { !handlers.isEmpty || !catchAll.isEmpty }
    var hearsEnd: Bool { !onDisconnecting.isEmpty || !onDisconnect.isEmpty }

    /// What an application has given a socket.
    struct Belongings {
        fileprivate var handlers: [String: [EventHandler]] = [:]
        fileprivate var functions: [Any] = []
        fileprivate var waiting: Deque<Work> = []
    }

    /// Handlers usually hold the socket: without this it would live for ever.
    ///
    /// - Returns: what to let go outside the lock: a `deinit` in it may ask for the lock.
    mutating func takeHandlers() -> Belongings {
        let taken = Belongings(
            handlers: handlers, functions: [catchAll, middleware, onDisconnecting, onDisconnect], waiting: waiting)
        handlers = [:]
        catchAll = []
        middleware = []
        onDisconnecting = []
        onDisconnect = []
        waiting = []
        waitingBytes = 0
        return taken
    }
}
