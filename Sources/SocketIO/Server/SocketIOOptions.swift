package import WebSocket

/// The times, limits and permissions of a Socket.IO server.
///
/// <doc:Limits> lists all limits, with what happens when they are reached.
public struct SocketIOOptions: Sendable {
    /// The path that clients connect to. Begins and ends with a slash.
    public var path = "/socket.io/"

    // MARK: Times

    /// The time from one ping of the server to the next.
    public var pingInterval = Duration.seconds(25)
    /// The time in which the client has to answer a ping. After it the connection is closed.
    public var pingTimeout = Duration.seconds(20)
    /// The time in which the client has to complete an upgrade to WebSocket. After it the WebSocket is closed, and the
    /// session continues with polling.
    ///
    /// Also the time for which the last packets of a closed session are kept for a GET.
    public var upgradeTimeout = Duration.seconds(10)
    /// The time in which the client has to join its first namespace. After it the connection is closed.
    public var connectTimeout = Duration.seconds(45)
    /// The time in which the attachments of a packet have to follow its text. After it the connection is closed.
    ///
    /// Begins again when a client that was not read because of ``maximumEventsWaiting`` is read again.
    public var attachmentTimeout = Duration.seconds(45)
    /// The time in which the client has to take bytes that wait for it. If it takes none, the connection is closed.
    public var stallTime = Duration.seconds(20)

    // MARK: Transports

    /// The transports that clients may use.
    public var transports: Set<Transport> = [.polling, .webSocket]
    /// Whether a client that began with polling may change to WebSocket.
    public var allowsUpgrades = true

    // MARK: Limits

    /// The maximum number of bytes of a client's message, or of all messages in one POST. A larger POST is answered with
    /// 413; a larger message over WebSocket closes the connection with code 1009.
    public var maximumPayload = 1_000_000
    /// The maximum number of sessions at a time. When it is reached, a new session ends the oldest session whose client has
    /// not joined a namespace; if all clients have joined one, the handshake is answered with 503.
    public var maximumSessions = 20_000
    /// The maximum number of sessions whose handshakes came over one TCP connection and whose clients have not joined a
    /// namespace. When it is reached, a handshake over this connection is answered with 503.
    ///
    /// A stock client has one session. A proxy may send the handshakes of many clients over one connection.
    public var maximumUnjoinedPerConnection = 64
    /// The maximum number of sessions whose handshakes came from one address and whose clients have not joined a
    /// namespace. When it is reached, a handshake from this address is answered with 503.
    ///
    /// Half of ``maximumSessions``: behind a proxy all clients have one address, and after a restart they connect together.
    public var maximumUnjoinedPerAddress = 10_000
    /// The maximum number of bytes that wait for a client. When more wait and further bytes are written, the connection is
    /// closed.
    ///
    /// Several times ``maximumPayload``: a polling client may post requests faster than it fetches the answers.
    public var maximumBufferedBytes = 4 << 20
    /// The maximum number of binary attachments of a packet. A packet with more closes the connection.
    public var maximumAttachments = 10
    /// The maximum number of bytes of a packet with attachments, its text included. A larger packet closes the connection.
    ///
    /// Never less than ``maximumPayload``. Attachments that no handler can take are dropped as they come.
    public var maximumPacketBytes = 4 << 20
    /// The maximum number of namespaces that a client is in at a time. When it is reached, a CONNECT is refused.
    public var maximumNamespaces = 32
    /// The maximum number of rooms that a socket is in, its own included. A `join` beyond it has no effect.
    public var maximumRooms = 1024
    /// The maximum number of events of a socket that wait for its handlers. When more wait, the server stops reading from
    /// the client until at most half of the maximum waits.
    public var maximumEventsWaiting = 256
    /// The maximum number of bytes of the events of a socket that wait for its handlers; the newest event may exceed the
    /// maximum. When more wait, the server stops reading from the client until at most half of the maximum waits.
    public var maximumBytesWaiting = 4 << 20

    // MARK: Permissions

    /// The origins whose pages may connect, in addition to those of the server's own host. Written as browsers do:
    /// `https://shop.example`.
    public var allowedOrigins: [String] = []
    /// Decides about origins and hosts instead of `allowedOrigins`, for a server with one policy for all its requests.
    package var originPolicy: OriginPolicy?
    /// Decides about a request that begins a session: returns why the request is refused, or nil.
    ///
    /// Runs on an event loop and must not block. A refused request is answered with 403 and the returned message.
    public var allowRequest: (@Sendable (HandshakeRequest) -> String?)?

    // MARK: Responses

    /// The number of bytes from which responses to polling requests are compressed, for clients that accept gzip. Larger
    /// responses than 256 KiB are not compressed. Nil for no compression.
    public var compressionThreshold: Int? = 1024
    /// Further headers of every HTTP response. Unless they contain `Cache-Control`, it is `no-store`, except for the client
    /// script.
    public var headers: [(String, String)] = []
    /// The client script that the server offers as `socket.io.js` below ``path``.
    public var clientScript = ClientScript.own

    /// Creates options with the default values.
    public init() {}
}

extension SocketIOOptions {
    /// Stops the program if no server can work with these options, because they are a programming error.
    func check() {
        precondition(
            path.hasPrefix("/") && path.hasSuffix("/") && !path.contains("?"),
            "SocketIOOptions.path is \(path); it must begin and end with a slash and contain no question mark")
        let times = [pingInterval, pingTimeout, upgradeTimeout, connectTimeout, attachmentTimeout, stallTime]
        precondition(
            times.allSatisfy { $0 >= .milliseconds(1) }, "the times in SocketIOOptions must be 1 ms or more")
        precondition(!transports.isEmpty, "SocketIOOptions.transports must contain a transport")
        precondition(
            maximumPayload > 0 && maximumSessions > 0,
            "SocketIOOptions.maximumPayload and maximumSessions must be 1 or more")
        precondition(
            maximumUnjoinedPerConnection > 0 && maximumUnjoinedPerAddress > 0,
            "SocketIOOptions.maximumUnjoinedPerConnection and maximumUnjoinedPerAddress must be 1 or more")
        precondition(
            (0...1000).contains(maximumAttachments), "SocketIOOptions.maximumAttachments must be 0 to 1000")
        precondition(maximumPacketBytes > 0, "SocketIOOptions.maximumPacketBytes must be 1 or more")
        precondition(
            maximumNamespaces > 0 && maximumRooms > 0,
            "SocketIOOptions.maximumNamespaces and maximumRooms must be 1 or more")
        precondition(
            maximumEventsWaiting > 0 && maximumBytesWaiting > 0,
            "SocketIOOptions.maximumEventsWaiting and maximumBytesWaiting must be 1 or more")
        precondition(maximumBufferedBytes > 0, "SocketIOOptions.maximumBufferedBytes must be 1 or more")
    }
}
