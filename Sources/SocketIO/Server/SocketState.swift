import DequeModule

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
