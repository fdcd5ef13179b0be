public import EventLog
public import SocketIO
import WebSocket

/// The settings of a server; each has a default.
public struct ServerOptions: Sendable {
    /// The host name or address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 for a free port, which the address passed to `ready` contains.
    public var port = 8080
    /// The directory of the log; created when absent.
    public var data = "Data/log"
    /// A directory of templates, with `assets/`. Its files take precedence over those of the application and of the
    /// server. Nil for none.
    public var views: String?
    /// Whether templates and assets are reloaded when they change, and errors in templates are shown as pages.
    public var isDevelopment = false
    /// When an append is acknowledged: by default after the disk has stored its events.
    public var durability = Durability.sync
    /// The events that are appended to an empty log; nil for none.
    public var seed: SeedSource?
    /// The origins of other sites whose pages may send requests to this server, such as `https://shop.example`.
    public var allowedOrigins: [String] = []
    /// The origins of other sites whose pictures the pages may load.
    public var imageOrigins: [ImageOrigin] = []
    /// Whether the server may listen on an address that other machines can reach, although authentication is off.
    public var isOpen = false
    /// The maximum number of connections at once; more connections wait to be accepted.
    public var maximumConnections = 20_000
    /// The maximum size of the data of an event, in bytes.
    public var maximumData = 1 << 20
    /// The maximum size of the log's file, in bytes.
    public var maximumSize = 1 << 42
    /// A snapshot of the state is stored after this many new events, and at shutdown.
    public var snapshotInterval: UInt64 = 10_000
    /// Which events are kept; by default all.
    public var retention = Retention()
    /// The time between two checks for events that are no longer kept.
    public var retentionInterval = Duration.seconds(60)
    /// The path, the times and the limits of Socket.IO. `allowedOrigins` and `maximumConnections` apply to Socket.IO,
    /// too.
    public var socketIO = SocketIOOptions()
    /// A file to serve as the Socket.IO client for browsers; nil for the client that is built in.
    public var socketIOClient: String?
    /// Whether Socket.IO clients can resume their sessions: events then end with their positions.
    public var recovery = true
    /// The number of event loops; nil for one for each core.
    public var loops: Int?

    /// The default settings: port 8080 of this machine only, and the log in `Data/log`.
    public init() {}

    /// Whether only this machine can connect.
    var isLoopback: Bool { OriginPolicy.isLoopback(host) }
}

/// Where the events that are appended to an empty log come from.
public enum SeedSource: Sendable {
    /// The contents of the application's seed files (``SeedFile/contents``).
    case demo
    /// The files of a directory that have the names of the application's seed files.
    case directory(String)
}

/// The reason why the server could not start.
public struct ServerError: Error, CustomStringConvertible, Sendable {
    /// What failed and what to do, in one sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
