package import NIOCore
import Synchronization

/// What stands behind namespaces whose sockets read from elsewhere, a durable log for instance.
///
/// Installed with ``SocketIOServer/install(backend:)``. It is asked for every CONNECT to a namespace it
/// accepts, beside the middleware and handlers which `of(_:)` registered for that namespace: first the
/// backend admits, then the middleware runs, then CONNECT is answered and the backend gets its outlet.
/// All calls come on the connection's event loop and must not block.
package protocol NamespaceBackend: Sendable {
    /// Whether the namespace is one of this backend's.
    func accepts(_ namespace: String) -> Bool

    /// Decides about a CONNECT.
    ///
    /// - Returns: a future on `loop`. It fails with ``ConnectionRefused`` to refuse with that message and
    ///   data; any other error is logged and refused as "internal". No packet of the socket is sent and
    ///   none is received before it is fulfilled; a connection that goes away meanwhile just drops it.
    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission>
}

/// A client's CONNECT to a namespace, before it is decided.
package struct ConnectRequest: Sendable {
    private final class Interest: Sendable {
        let isOver = Atomic(false)
    }

    /// The namespace as the client wrote it: `/` or `/name`.
    package let namespace: String
    /// The text of the JSON object that came with CONNECT; nil where none did.
    package let auth: [UInt8]?
    /// The request that began the session.
    package let handshake: HandshakeRequest
    /// The id which the socket gets unless the admission has another.
    package let id: String
    private let interest = Interest()

    package init(namespace: String, auth: [UInt8]?, handshake: HandshakeRequest, id: String) {
        self.namespace = namespace
        self.auth = auth
        self.handshake = handshake
        self.id = id
    }

    /// Whether the client has disconnected or left the namespace, so that it needs no decision; from any thread.
    package var isAbandoned: Bool { interest.isOver.load(ordering: .relaxed) }

    func abandon() { interest.isOver.store(true, ordering: .relaxed) }
}

/// A CONNECT that a backend has accepted.
package struct Admission: Sendable {
    /// The socket's id: the proposed one, or that of the session which is recovered.
    ///
    /// A live socket of the namespace that has the same id is an older connection of the same client which
    /// has not been noticed to be dead: once this one has joined it is disconnected, with "transport close".
    package var id: String
    /// The private id that CONNECT is answered with; nil where recovery is off.
    ///
    /// It makes the client take a trailing string for an offset, so everything else that is emitted to
    /// such a socket is guarded against that.
    package var pid: String?
    /// Whether the client goes on with the session it had.
    package var isRecovered: Bool
    /// Whether the backend takes binary attachments of the client's events.
    ///
    /// If it does not, and the namespace has no handlers or middleware, an event that announces attachments is handled at
    /// once with an empty one for each, and the attachments are dropped as they come.
    package var takesAttachments: Bool
    /// Written right before CONNECT is answered: with it the client knows more than its id at once.
    ///
    /// Stock clients keep events that come before CONNECT until they have it, and then remember a
    /// trailing string as they do of every event.
    package var preface: OutgoingPacket?
    /// Makes what reads for the socket; called on the socket's event loop right before CONNECT is answered.
    package var makeBackend: @Sendable (Socket) -> any SocketBackend

    package init(
        id: String, pid: String? = nil, isRecovered: Bool = false, takesAttachments: Bool = true,
        preface: OutgoingPacket? = nil, makeBackend: @escaping @Sendable (Socket) -> any SocketBackend
    ) {
        self.id = id
        self.pid = pid
        self.isRecovered = isRecovered
        self.takesAttachments = takesAttachments
        self.preface = preface
        self.makeBackend = makeBackend
    }
}

/// What a namespace's backend does for one socket.
///
/// Belongs to the event loop of the socket's connection and moves with it; all calls come there and must
/// not block. The socket keeps it until `closed`.
///
/// ```
///  attached ──► writabilityChanged* ──► detached ──► attached ──► … ──► closed
/// ```
package protocol SocketBackend: AnyObject {
    /// The outlet can be written to: right behind the CONNECT answer, and again after an upgrade,
    /// perhaps with another loop and transport.
    func attached(_ outlet: SocketOutlet)

    /// The outlet is gone: nothing may be written until the next `attached`.
    func detached()

    /// The client has fallen behind, or caught up: see ``SocketOutlet/isWritable``.
    func writabilityChanged()

    /// The socket has left its namespace. The last call, exactly once; the outlet is gone.
    func closed(_ reason: DisconnectReason)
}

/// One socket's way to its client, for a backend that renders its own packets.
///
/// Belongs to `loop`: only to be used there, between `attached` and `detached`. Afterwards it is dead:
/// not writable, and what is written is dropped.
package final class SocketOutlet {
    package let loop: any EventLoop
    /// What packets must be rendered for.
    package let transport: Transport
    private var connection: (any ClientLink)?

    init(_ connection: any ClientLink) {
        loop = connection.loop
        transport = connection.transport
        self.connection = connection
    }

    /// Whether the client takes more; while it does not, nothing should be written.
    package var isWritable: Bool { connection?.isWritable ?? false }

    /// Writes packets of the socket's namespace rendered for `transport`; flushed with the rest of this
    /// tick. The bytes may be shared with other sockets.
    package func write(_ rendered: ByteBuffer) { connection?.write(rendered) }

    /// Closes the connection with all its sockets.
    package func close(_ reason: DisconnectReason) { connection?.close(reason) }

    func die() { connection = nil }
}

extension Socket {
    /// Answers an event that a backend has dealt with; from any thread, also when the socket has moved or ended meanwhile.
    ///
    /// - Parameters:
    ///   - id: the event's id.
    ///   - json: the text of a JSON array, the arguments of the answer.
    package func acknowledge(_ id: UInt64, _ json: [UInt8]) {
        let packet = OutgoingPacket.ack(id, array: json, namespace: namespace.name)
        namespace.server.switchboard.post(.emit(self, packet, isVolatile: false), to: seat)
    }
}
