package import NIOCore
import Synchronization

/// A source of events for namespaces, such as a durable log, whose sockets read from it.
///
/// Installed with ``SocketIOServer/install(backend:)``. The server asks the backend about every CONNECT to a namespace
/// that the backend accepts, in addition to the middleware and handlers that `of(_:)` registered for that namespace: first
/// the backend admits the client, then the middleware runs, then CONNECT is answered and the backend gets its outlet.
/// All calls come on the connection's event loop and must not block.
package protocol NamespaceBackend: Sendable {
    /// Whether the namespace belongs to this backend.
    func accepts(_ namespace: String) -> Bool

    /// Decides about a CONNECT.
    ///
    /// - Returns: a future on `loop`. If it fails with ``ConnectionRefused``, the client is refused with that message and
    ///   data; any other error is logged, and the client is refused with `internal`. Until the future is fulfilled, the
    ///   socket sends and receives nothing. If the connection closes before, the result is ignored.
    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission>
}

/// A client's CONNECT to a namespace that has not been decided yet.
package struct ConnectRequest: Sendable {
    private final class Cancellation: Sendable {
        let isCancelled = Atomic(false)
    }

    /// The namespace as the client wrote it: `/` or `/name`.
    package let namespace: String
    /// The text of the JSON object that came with CONNECT; nil if none did.
    package let auth: [UInt8]?
    /// The request that began the session.
    package let handshake: HandshakeRequest
    /// The id of the socket, unless the admission has another one. It identifies the request.
    package let id: String
    private let cancellation = Cancellation()

    package init(namespace: String, auth: [UInt8]?, handshake: HandshakeRequest, id: String) {
        self.namespace = namespace
        self.auth = auth
        self.handshake = handshake
        self.id = id
    }

    /// Whether the client has disconnected or left the namespace, so that no decision is needed. May be read from any
    /// thread.
    package var isCancelled: Bool { cancellation.isCancelled.load(ordering: .relaxed) }

    func cancel() { cancellation.isCancelled.store(true, ordering: .relaxed) }
}

/// A backend's decision to accept a CONNECT.
package struct Admission: Sendable {
    /// The socket's id: that of the request, or that of the session which is recovered.
    ///
    /// If a connected socket of the namespace has the same id, it belongs to an older connection of the same client
    /// that has not timed out yet. It is disconnected with "transport close" when the new socket has joined.
    package var id: String
    /// The private id in the answer to CONNECT; nil if recovery is off.
    ///
    /// With a private id a stock client takes a string at the end of an event for its position. Therefore all other
    /// events to such a socket get a `null` after a string at their end.
    package var pid: String?
    /// Whether the client continues its earlier session.
    package var isRecovered: Bool
    /// Whether the backend takes binary attachments of the client's events.
    ///
    /// If not, and the namespace has no handlers or middleware, an event that announces attachments is handled at
    /// once with an empty attachment for each, and the attachments are dropped as they come.
    package var takesAttachments: Bool
    /// A packet that is written right before the answer to CONNECT; the client knows its content together with its id.
    ///
    /// Stock clients keep events that come before the answer to CONNECT until they have it, and then remember a
    /// string at the end like that of every event.
    package var packetBeforeConnect: OutgoingPacket?
    /// Creates the socket's backend. Called on the socket's event loop right after CONNECT was answered.
    package var makeBackend: @Sendable (Socket) -> any SocketBackend

    package init(
        id: String, pid: String? = nil, isRecovered: Bool = false, takesAttachments: Bool = true,
        packetBeforeConnect: OutgoingPacket? = nil,
        makeBackend: @escaping @Sendable (Socket) -> any SocketBackend
    ) {
        self.id = id
        self.pid = pid
        self.isRecovered = isRecovered
        self.takesAttachments = takesAttachments
        self.packetBeforeConnect = packetBeforeConnect
        self.makeBackend = makeBackend
    }
}

/// The part of a namespace's backend for one socket.
///
/// Belongs to the event loop of the socket's connection and moves with it. All calls come there and must
/// not block. The socket keeps it until `closed`.
///
/// ```
///  attached ──► writabilityChanged* ──► detached ──► attached ──► … ──► closed
/// ```
package protocol SocketBackend: AnyObject {
    /// The outlet can be used: right after the answer to CONNECT, and again after an upgrade, possibly with another loop
    /// and transport.
    func attached(_ outlet: SocketOutlet)

    /// The outlet cannot be used any more: nothing may be written until the next `attached`.
    func detached()

    /// The client has fallen behind, or has caught up: see ``SocketOutlet/isWritable``.
    func writabilityChanged()

    /// The socket has left its namespace. The last call, exactly once; the outlet cannot be used any more.
    func closed(_ reason: DisconnectReason)
}

/// Writes packets that a backend has encoded to the client of one socket.
///
/// Belongs to `loop`, and may be used only there, between `attached` and `detached`. Later it is not writable, and
/// packets are dropped.
package final class SocketOutlet {
    package let loop: any EventLoop
    /// The transport that packets must be encoded for.
    package let transport: Transport
    private var engine: (any EngineConnectionProtocol)?

    init(_ engine: any EngineConnectionProtocol) {
        loop = engine.loop
        transport = engine.transport
        self.engine = engine
    }

    /// Whether the client takes more bytes. While it does not, nothing should be written.
    package var isWritable: Bool { engine?.isWritable ?? false }

    /// Writes packets of the socket's namespace that are encoded for `transport`. They are flushed with the other packets
    /// of this tick. The bytes may be shared with other sockets.
    package func write(_ encoded: ByteBuffer) { engine?.write(encoded) }

    /// Closes the connection with all its sockets.
    package func close(_ reason: DisconnectReason) { engine?.close(reason) }

    func invalidate() { engine = nil }
}

extension Socket {
    /// Acknowledges an event that a backend has handled. May be called from any thread, also after the socket has moved
    /// or ended.
    ///
    /// - Parameters:
    ///   - id: the event's ack id.
    ///   - json: the text of a JSON array, the arguments of the acknowledgement.
    package func acknowledge(_ id: UInt64, _ json: [UInt8]) {
        enqueue(.emit(self, OutgoingPacket.ack(id, array: json, namespace: namespace.name), isVolatile: false))
    }
}
