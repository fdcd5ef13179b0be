import JSON
import DequeModule
import NIOCore
import Synchronization

/// One client in one namespace.
///
/// A socket may be used from any task. The calls of one task to sockets and namespaces (emitting, joining, leaving) take
/// effect in the order in which the task makes them, and none waits for the client. A socket is also a room: events that
/// are emitted to the room with the name of its ``id`` go to this socket.
///
/// The client's events are handled one after the other, in the order in which they came. While a handler is suspended,
/// the next events wait, so a handler can rely on the changes that it makes. Start a task of your own for work that
/// should run beside the next events.
///
/// `@unchecked Sendable`: `member` belongs to the loop of the connection; the rest is constant or locked.
public final class Socket: @unchecked Sendable {
    /// The maximum number of acknowledgements that a client may owe at the same time.
    public static let maximumAcks = 1024

    /// The socket's id: unique for each namespace and each connection, unless a session was recovered.
    public let id: String
    /// The namespace that the client has joined.
    public let namespace: Namespace
    /// The request that began the client's session.
    public let handshake: HandshakeRequest
    /// Whether the client continues a session that it had before.
    ///
    /// Unlike in Node, the missed events are sent after the answer to CONNECT: see <doc:Recovery>.
    public let isRecovered: Bool
    /// The socket's number: later sockets of the server have higher ones.
    let number: UInt64
    /// The text of the JSON object that came with CONNECT.
    package let authJSON: [UInt8]?
    /// The private id with which the client recovers its session; nil without recovery.
    let pid: String?
    /// Whether the backend takes attachments; true without a backend.
    let backendTakesAttachments: Bool
    /// The part that belongs to the loop; nil before CONNECT and after the end.
    var member: SocketMember?
    /// The part that every task may use.
    let state = Mutex(SocketState())
    private let assignment: LoopAssignment

    init(_ request: ConnectRequest, in namespace: Namespace, assignment: LoopAssignment, admission: Admission? = nil) {
        id = admission?.id ?? request.id
        pid = admission?.pid
        isRecovered = admission?.isRecovered ?? false
        backendTakesAttachments = admission?.takesAttachments ?? true
        self.namespace = namespace
        number = namespace.server.nextSocketNumber()
        handshake = request.handshake
        authJSON = request.auth
        self.assignment = assignment
    }

    /// The transport that the client uses now.
    public var transport: Transport { assignment.transport }

    /// Whether the socket has joined its namespace and has not left it.
    public var isConnected: Bool { state.withLock { $0.phase == .connected } }

    /// Decodes the `auth` object that the client sent when it connected; an empty object if it sent none.
    ///
    /// - Throws: ``ArgumentError`` when the object cannot be decoded as the type.
    public func auth<Auth: Decodable>(as type: Auth.Type = Auth.self) throws(ArgumentError) -> Auth {
        var array = [UInt8(ascii: "[")]
        array += authJSON ?? Array("{}".utf8)
        array.append(UInt8(ascii: "]"))
        return try Arguments(.init(bytes: array), attachments: [], skippingName: false).decode(type, at: 0)
    }

    /// Disconnects the socket from its namespace.
    ///
    /// Events that were emitted before are still sent. The client gets the disconnection, and does not connect again by
    /// itself.
    ///
    /// - Parameter close: whether the connection is closed too, with the client's sockets in other namespaces.
    public func disconnect(close: Bool = false) {
        enqueue(.disconnect(self, close: close))
    }

    // MARK: Dispatch

    /// Enqueues an operation for the loop of the connection.
    func enqueue(_ operation: LoopOperation) {
        namespace.server.dispatcher.enqueue(operation, for: assignment)
    }

    /// The loop that serves the connection now.
    var loop: any EventLoop { namespace.server.dispatcher.loop(of: assignment) }
}

extension Socket: Hashable {
    /// Whether both are the same object.
    public static func == (one: Socket, other: Socket) -> Bool { one === other }

    /// Hashes the object's identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

// MARK: - Data

/// The values that an application keeps with a socket, by name. May be used from any task.
public struct SocketData: Sendable {
    private let socket: Socket

    fileprivate init(_ socket: Socket) { self.socket = socket }

    /// The value with this name; nil if there is none, or if it has another type.
    public subscript<Value: Sendable>(_ name: String) -> Value? {
        get { socket.state.withLock { $0.data[name] } as? Value }
        nonmutating set {
            // The old value is released outside the lock, because its `deinit` may use the socket.
            _ = socket.state.withLock { state in
                defer { state.data[name] = newValue }
                return state.data[name]
            }
        }
    }
}

extension Socket {
    /// The values that the application keeps with this socket: `socket.data["user"] = user`.
    public var data: SocketData { SocketData(self) }
}

// MARK: - State

/// The part of a socket that every task may use; guarded by the socket's lock.
struct SocketState: Sendable {
    /// What the socket's task does next.
    enum Work: Sendable {
        case runMiddleware
        case runConnectionHandlers
        case event(SocketEvent)
        case runDisconnectHandlers(DisconnectReason)
    }

    enum Phase {
        /// The CONNECT is not answered yet.
        case admitting
        case connected
        case ended
    }

    var phase = Phase.admitting

    // MARK: Rooms

    /// The rooms after all operations that are enqueued, without the socket's own room.
    var rooms: Set<ExactText> = []
    /// The number of enqueued joins and leaves that the loop has not performed yet.
    var pendingRoomOperations = 0
    /// Whether a `socketsJoin` or `socketsLeave` has been performed between these operations.
    var roomsAreStale = false

    // MARK: Events

    var waiting: Deque<Work> = []
    /// The bytes of the waiting events.
    var waitingBytes = 0
    /// Whether a task is handling what waits.
    var isWorking = false
    /// Whether the connection is not read until half of what waits is handled.
    var isPausing = false
    /// Whether the connection's loop has been asked to read again.
    var isResuming = false

    // MARK: Handlers

    var handlers: [ExactText: [EventHandler]] = [:]
    var catchAll: [@Sendable (SocketEvent) async throws -> Void] = []
    var middleware: [@Sendable (SocketEvent) async throws -> Void] = []
    var onDisconnecting: [@Sendable (DisconnectReason) async throws -> Void] = []
    var onDisconnect: [@Sendable (DisconnectReason) async throws -> Void] = []

    var hasEventHandlers: Bool { !handlers.isEmpty || !catchAll.isEmpty }
    var hasDisconnectHandlers: Bool { !onDisconnecting.isEmpty || !onDisconnect.isEmpty }

    // MARK: Other

    /// The acknowledgements that the client owes.
    var acks: [UInt64: PendingAck] = [:]

    var data: [String: any Sendable] = [:]

    /// The application's values that a socket has held.
    struct ReleasedHandlers {
        fileprivate var handlers: [ExactText: [EventHandler]] = [:]
        fileprivate var functions: [Any] = []
        fileprivate var waiting: Deque<Work> = []
    }

    /// Removes all handlers. They usually hold the socket, which would otherwise never be released.
    ///
    /// - Returns: the handlers, to be released outside the lock: a `deinit` in them may use the socket.
    mutating func takeHandlers() -> ReleasedHandlers {
        let taken = ReleasedHandlers(
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
