/// How a Socket.IO server behaves: its times, its limits and whom it lets in.
public struct SocketIOOptions: Sendable {
    /// Where clients connect. Begins and ends with a slash.
    public var path = "/socket.io/"

    // MARK: Times

    /// How long a connection rests before its client is pinged.
    public var pingInterval = Duration.seconds(25)
    /// How long the client may take to answer a ping; then it is closed.
    public var pingTimeout = Duration.seconds(20)
    /// How long a client may take to change from polling to WebSocket; then the WebSocket is closed and polling goes on.
    public var upgradeTimeout = Duration.seconds(10)
    /// How long a client may take to join its first namespace; then it is closed.
    public var connectTimeout = Duration.seconds(45)
    /// How long after the text of a packet its attachments may come; then the connection is closed.
    ///
    /// Begins again when a client that was not read because of ``maximumEventsWaiting`` is read again.
    public var attachmentTimeout = Duration.seconds(45)
    /// How long a client may take nothing while bytes wait for it; then it is closed.
    public var stallTime = Duration.seconds(20)

    // MARK: Transports

    /// The transports that clients may use.
    public var transports: Set<Transport> = [.polling, .webSocket]
    /// Whether a polling client may change to WebSocket.
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
    /// The maximum number of namespaces that a connection has joined at a time. When it is reached, a CONNECT is refused.
    public var maximumNamespaces = 32
    /// The maximum number of rooms that a socket is in, its own included.
    public var maximumRooms = 1024
    /// The maximum number of events of a socket that wait for its handlers. When more wait, the server stops reading from
    /// the client until at most half of the maximum waits.
    public var maximumEventsWaiting = 256
    /// The maximum number of bytes of the events of a socket that wait for its handlers; the newest event may exceed the
    /// maximum. When more wait, the server stops reading from the client until at most half of the maximum waits.
    public var maximumBytesWaiting = 4 << 20

    // MARK: Who may connect

    /// The origins whose pages may connect beside those of this host, as browsers write them: `https://shop.example`.
    public var allowedOrigins: [String] = []
    /// Looks at a request that asks for a session, on an event loop, where it must not block; answers why it is refused, or nil.
    public var allowRequest: (@Sendable (HandshakeRequest) -> String?)?

    // MARK: Answers

    /// From how many bytes on polling answers are compressed for clients that accept it, up to 256 KiB; nil: never.
    public var compressionThreshold: Int? = 1024
    /// Further headers of every HTTP answer. Unless they contain `Cache-Control`, it is `no-store`, except for the client
    /// script.
    public var headers: [(String, String)] = []
    /// What `socket.io.js` below ``path`` is.
    public var clientScript = ClientScript.own

    public init() {}
}

extension SocketIOOptions {
    /// Traps on options with which no server can work: they are the program's mistake.
    func check() {
        precondition(
            path.hasPrefix("/") && path.hasSuffix("/") && !path.contains("?"),
            "a Socket.IO path begins and ends with a slash")
        let times = [pingInterval, pingTimeout, upgradeTimeout, connectTimeout, attachmentTimeout, stallTime]
        precondition(
            times.allSatisfy { $0 >= .milliseconds(1) }, "times of a Socket.IO server are at least a millisecond")
        precondition(!transports.isEmpty, "a Socket.IO server needs a transport")
        precondition(maximumPayload > 0 && maximumSessions > 0, "a Socket.IO server must be able to receive something")
        precondition(
            maximumUnjoinedPerConnection > 0 && maximumUnjoinedPerAddress > 0,
            "a client must be able to begin a session")
        precondition((0...1000).contains(maximumAttachments), "a packet may have at most 1000 attachments")
        precondition(maximumPacketBytes > 0, "a packet must be able to have attachments with bytes")
        precondition(
            maximumNamespaces > 0 && maximumRooms > 0, "a client must be able to join a namespace and its own room")
        precondition(
            maximumEventsWaiting > 0 && maximumBytesWaiting > 0, "a Socket.IO server must be able to receive something")
        precondition(maximumBufferedBytes > 0, "a Socket.IO server must be able to send something")
    }
}
