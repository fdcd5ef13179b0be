package import NIOCore

/// The layer above a session: Socket.IO. All calls come on the connection's event loop and must not block.
///
/// One object serves one connection, which keeps it until `closed`.
/// ```
///  opened ──► (received | writabilityChanged)* ──► willSwitch ──► [move] ──► didSwitch ──► … ──► closed
/// ```
package protocol EngineClient: AnyObject {
    /// The session exists. Packets that are written now follow the handshake. The first call.
    func opened(_ connection: EngineConnection)

    /// A message of UTF-8 text, without Engine.IO's type character.
    func received(text: ByteBuffer)

    /// A binary message.
    func received(binary: ByteBuffer)

    /// The connection has become writable. Never called from inside `write`.
    func writabilityChanged()

    /// The transport is about to change: nothing should be written until `didSwitch`.
    func willSwitch()

    /// The connection has its new transport, and possibly a new loop.
    func didSwitch()

    /// The WebSocket of an upgrade belongs to another loop. Called after `willSwitch`.
    ///
    /// The client calls `depart` on the present loop when all work that was scheduled for the connection there is done,
    /// and then `arrive` on `loop`, which ends with `didSwitch`. Nothing is received between the two calls. Both do
    /// nothing when the connection was closed before `depart`.
    func move(to loop: any EventLoop, depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void)

    /// Nothing more can be written or received. The last call, exactly once. It may come from inside `close`,
    /// but never from inside `write`.
    func closed(_ reason: DisconnectReason)
}

/// The reason why a socket was disconnected, in the words of Node's Socket.IO server.
///
/// A struct, because later versions may add reasons.
public struct DisconnectReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The words, such as `ping timeout`.
    public let rawValue: String

    /// Creates a reason of your own, for instance to compare with.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The connection broke, the client took no bytes for too long, or it did something that its transport forbids.
    public static let transportError = Self(rawValue: "transport error")
    /// The client closed the connection, or the connection was lost.
    public static let transportClose = Self(rawValue: "transport close")
    /// The server closed the session below the socket.
    public static let forcedClose = Self(rawValue: "forced close")
    /// The client did not answer a ping in time.
    public static let pingTimeout = Self(rawValue: "ping timeout")
    /// The client sent an invalid packet.
    public static let parseError = Self(rawValue: "parse error")
    /// The server is shutting down.
    public static let serverShuttingDown = Self(rawValue: "server shutting down")
    /// The server closed the connection because the client broke the rules of Socket.IO or joined no namespace in time.
    public static let forcedServerClose = Self(rawValue: "forced server close")
    /// The client left the namespace.
    public static let clientNamespaceDisconnect = Self(rawValue: "client namespace disconnect")
    /// The server disconnected the socket from the namespace.
    public static let serverNamespaceDisconnect = Self(rawValue: "server namespace disconnect")

    /// The words, such as `ping timeout`.
    public var description: String { rawValue }
}
