public import EventLog
public import SocketIO
import WebSocket

/// How a server runs.
public struct ServerOptions: Sendable {
    /// A host name or address to listen on.
    public var host = "127.0.0.1"
    /// 0 takes a free one.
    public var port = 8080
    /// The directory of the log; made when absent.
    public var data = "Data/log"
    /// A directory of templates, with `assets/`, that stand before those of the application and of the server. Nil for
    /// none.
    public var views: String?
    /// Whether templates and assets are read again when they change, and errors in templates are shown as pages.
    public var isDevelopment = false
    public var durability = Durability.sync
    /// The events that are appended to an empty log; nil for none.
    public var seed: SeedSource?
    /// Origins of other sites whose pages may talk to this server.
    public var allowedOrigins: [String] = []
    /// Origins of other sites whose pictures the pages may load.
    public var imageOrigins: [ImageOrigin] = []
    /// Whether to listen beyond loopback although authentication is off.
    public var isOpen = false
    /// The most connections at once; more wait to be accepted.
    public var maximumConnections = 20_000
    /// The most bytes of data of an event.
    public var maximumData = 1 << 20
    /// The largest size of the log's file, in bytes.
    public var maximumSize = 1 << 42
    /// A snapshot is written after this many events, and at shutdown.
    public var snapshotInterval: UInt64 = 10_000
    /// What of the past is kept.
    public var retention = Retention()
    /// How long between two looks at what need not be kept.
    public var retentionInterval = Duration.seconds(60)
    /// How Socket.IO is spoken: its path, times and limits. Whom it lets in is said by the options above.
    public var socketIO = SocketIOOptions()
    /// A file to serve as the browser's Socket.IO client, instead of ours.
    public var socketIOClient: String?
    /// Whether Socket.IO clients are given what they need to take up a session again.
    public var recovery = true
    /// Event loops; nil for one a core.
    public var loops: Int?

    public init() {}

    /// Whether only this machine can connect.
    var isLoopback: Bool { OriginPolicy.isLoopback(host) }
}

/// Where the events that are appended to an empty log come from.
public enum SeedSource: Sendable {
    /// The seed files inside the application.
    case demo
    /// The seed files of the application in a directory.
    case directory(String)
}

/// Why the server could not start: one sentence for people.
public struct ServerError: Error, CustomStringConvertible, Sendable {
    /// What failed, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
