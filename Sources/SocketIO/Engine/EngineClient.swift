package import NIOCore

/// What a session is for: the Socket.IO layer. Every call comes on the connection's event loop and must not block.
///
/// One object serves one connection, which keeps it until `closed`.
/// ```
///  opened ──► (received | writabilityChanged)* ──► willSwitch ──► [move] ──► didSwitch ──► … ──► closed
/// ```
package protocol EngineClient: AnyObject {
    /// The session exists; what is written now follows the handshake. The first call.
    func opened(_ connection: EngineConnection)

    /// A message of UTF-8 text, without Engine.IO's type character.
    func received(text: ByteBuffer, on connection: EngineConnection)

    /// A binary message.
    func received(binary: ByteBuffer, on connection: EngineConnection)

    /// The connection has become writable. Never called from inside `write`.
    func writabilityChanged(_ connection: EngineConnection)

    /// The transport is about to change: nothing should be written until `didSwitch`.
    func willSwitch(_ connection: EngineConnection)

    /// The connection has its new transport, and perhaps a new loop.
    func didSwitch(_ connection: EngineConnection)

    /// An upgrade came in on another loop; called after `willSwitch`.
    ///
    /// Calls `depart` on the present loop when everything posted to it so far has been dealt with, and then
    /// `arrive` on `loop`, which ends with `didSwitch`. Nothing is received between the two. Both do nothing
    /// when the connection has been closed before `depart`.
    func move(
        _ connection: EngineConnection, to loop: any EventLoop,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void)

    /// Nothing more can be written and nothing more comes. The last call, exactly once; it may come from
    /// inside `close`, but never from inside `write`.
    func closed(_ reason: DisconnectReason, on connection: EngineConnection)
}

extension EngineClient {
    /// Moves a client that has nothing to do before.
    package func move(
        _ connection: EngineConnection, to loop: any EventLoop,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        depart()
        loop.execute(arrive)
    }
}

/// Why a socket was disconnected, in the words which Socket.IO users know.
///
/// A struct, because later versions may add reasons.
public struct DisconnectReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The words, such as `ping timeout`.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The connection broke, took nothing for too long, or did what its transport does not allow.
    public static let transportError = Self(rawValue: "transport error")
    /// The client closed the connection, or it was lost.
    public static let transportClose = Self(rawValue: "transport close")
    /// The server closed the connection below the socket.
    public static let forcedClose = Self(rawValue: "forced close")
    /// The client did not answer a ping in time.
    public static let pingTimeout = Self(rawValue: "ping timeout")
    /// The client sent something that is no packet.
    public static let parseError = Self(rawValue: "parse error")
    /// The server stops.
    public static let serverShuttingDown = Self(rawValue: "server shutting down")
    /// The server closed the connection although the socket had not joined a namespace, or broke its rules.
    public static let forcedServerClose = Self(rawValue: "forced server close")
    /// The client left the namespace.
    public static let clientNamespaceDisconnect = Self(rawValue: "client namespace disconnect")
    /// The server made the socket leave the namespace.
    public static let serverNamespaceDisconnect = Self(rawValue: "server namespace disconnect")

    public var description: String { rawValue }
}
