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

    /// The most bytes of a client's message, or of the messages which it posts together; beyond it 413, or close code 1009.
    public var maximumPayload = 1_000_000
    /// The most sessions at a time. Beyond it the oldest session whose client has not joined a namespace ends for a new
    /// one; where there is none, a handshake is answered with 503.
    public var maximumSessions = 20_000
    /// The most sessions begun over one TCP connection whose clients have not joined a namespace; beyond it a handshake
    /// is answered with 503.
    ///
    /// A stock client has one. A proxy may carry those of many clients over one connection.
    public var maximumUnjoinedPerConnection = 64
    /// The most sessions begun from one address whose clients have not joined a namespace; beyond it a handshake is
    /// answered with 503.
    ///
    /// Half of ``maximumSessions``: behind a proxy all clients have one address, and after a restart they connect together.
    public var maximumUnjoinedPerAddress = 10_000
    /// A connection for which more bytes than this wait when more are written is closed.
    ///
    /// Several times ``maximumPayload``: a polling client may post its questions faster than it fetches the answers.
    public var maximumBufferedBytes = 4 << 20
    /// The most binary attachments of a packet; beyond it the connection is closed.
    public var maximumAttachments = 10
    /// The most bytes of a packet that has attachments, its text and these together; beyond it the connection is closed.
    ///
    /// Never less than ``maximumPayload``. Attachments that no handler can take are dropped as they come.
    public var maximumPacketBytes = 4 << 20
    /// The most namespaces that a connection may be in at a time; beyond it a CONNECT is refused.
    public var maximumNamespaces = 32
    /// The most rooms that a socket may be in, its own included.
    public var maximumRooms = 1024
    /// The most events of a socket that may wait for its handlers; beyond it the client is not read until half are dealt with.
    public var maximumEventsWaiting = 256
    /// The most bytes of such events, one event apart; beyond it the same.
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
