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
