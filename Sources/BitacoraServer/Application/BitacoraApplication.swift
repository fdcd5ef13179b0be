public import Commands
import Embedded
public import EventLog
import Handlebars
import JSON
public import ServiceLifecycle
public import SocketIO

/// A domain on the log: its state, its commands, and what the server shows and runs for it.
///
/// The server folds the log into the state, decides commands in the log's order, keeps clients from appending the types
/// of events that commands are decided into, stores snapshots, and shows any past state in the inspector.
///
/// ```swift
/// struct Counters: BitacoraApplication {
///     let name = "counters"
///     let projection = CounterProjection()
///     let commands = [
///         CommandDefinition<[String: Int]>("counter.add", event: "counter.added") { _, command in
///             [DecidedEvent(topic: "counters", type: "counter.added", data: .object(command.object))]
///         }
///     ]
/// }
///
/// let server = BitacoraServer(ServerOptions(), application: Counters(), logger: logger) { print("listening on \($0)") }
/// ```
public protocol BitacoraApplication: Sendable {
    /// The projection whose state commands are decided against.
    associatedtype Source: Projection

    /// The name of the application, for the server's log.
    var name: String { get }

    /// The projection of the application. Its name is also that of the state in `GET /api/state/{name}`.
    var projection: Source { get }

    /// The commands, which clients send as Socket.IO events, as messages of a WebSocket, or through routes.
    var commands: [CommandDefinition<Source.State>] { get }

    /// The templates and assets. They stand before the server's own, so an application can replace the layout `main`.
    var files: ViewFiles { get }

    /// The views that the application renders. The server does not start without them.
    var requiredViews: [String] { get }

    /// Events that `--seed` appends to an empty log.
    var seed: [SeedFile] { get }

    /// Called once at each start of a server, after the log was folded and before connections are accepted.
    ///
    /// - Returns: the routes, the services and the behaviour of sockets.
    func start(in context: ApplicationContext<Source>) throws -> ApplicationParts
}

extension BitacoraApplication {
    /// No templates and assets beside the server's own.
    public var files: ViewFiles { .none }
    /// No views.
    public var requiredViews: [String] { [] }
    /// No events.
    public var seed: [SeedFile] { [] }
    /// Adds nothing: the commands alone can be used over sockets.
    public func start(in context: ApplicationContext<Source>) throws -> ApplicationParts { ApplicationParts() }
}

/// What an application adds to a running server.
public struct ApplicationParts: Sendable {
    /// The routes of pages and interfaces.
    public var routes = Routes()
    /// Services that run while the server serves, such as timers. They must return at a graceful shutdown.
    public var services: [any Service] = []
    /// Makes the behaviour of one Socket.IO socket beyond events and commands; nil for a socket without any.
    ///
    /// The second argument is the topic that the socket's namespace stands for: `chat` for `/chat`, nil for `/`.
    public var participant: @Sendable (Socket, String?) -> (any SocketParticipant)? = { _, _ in nil }

    /// Nothing.
    public init() {}
}

/// What one Socket.IO socket does beyond receiving events and sending commands: rooms, drafts, presence.
///
/// The functions are called on the event loop of the socket's connection, `receive` on any thread; none may block.
public protocol SocketParticipant: AnyObject, Sendable {
    /// Handles an event that the client sent.
    ///
    /// - Returns: the fields of the acknowledgement; nil when the event is (also) a command.
    func receive(_ event: SocketEvent) -> SocketAnswer?

    /// The client can be written to again: the socket has attached to a transport, or its output buffer has room again.
    ///
    /// Volatile packets that were sent before may have been dropped.
    func becameWritable()

    /// The socket was sent every event up to an offset.
    ///
    /// Called after the history was delivered and then after each batch of events.
    func delivered(through offset: Offset)

    /// The socket has left the namespace. Called once.
    func closed()
}

extension SocketParticipant {
    /// Handles no event.
    public func receive(_ event: SocketEvent) -> SocketAnswer? { nil }
    /// Does nothing.
    public func becameWritable() {}
    /// Does nothing.
    public func delivered(through offset: Offset) {}
    /// Does nothing.
    public func closed() {}
}

/// A file of events that `--seed` appends to an empty log, one JSON object a line.
public struct SeedFile: Sendable {
    /// The name of the file, such as `products.jsonl`.
    public let name: String
    /// Whether a directory given with `--seed-from` must have the file.
    public let isRequired: Bool
    /// The events that are appended without `--seed-from`.
    public let contents: [UInt8]

    /// Makes a file of events.
    public init(name: String, isRequired: Bool = true, contents: [UInt8]) {
        self.name = name
        self.isRequired = isRequired
        self.contents = contents
    }
}

/// The templates of an application, with its assets in `assets/`: files in memory, a directory, or both.
public struct ViewFiles: Sendable {
    /// The files in memory by their paths: `home.handlebars`, `layouts/main.handlebars`, `assets/shop.css`.
    let memory: [String: [UInt8]]
    /// The directory of the same files.
    let directory: String?

    /// No templates and assets.
    public static let none = ViewFiles(memory: [:], directory: nil)

    /// The files of a directory, read at the start, or in development mode whenever one changes.
    public static func directory(_ path: String) -> ViewFiles { ViewFiles(memory: [:], directory: path) }

    /// Files in memory by their paths below the directory of templates.
    ///
    /// - Parameter directory: where the same files are on disk, relative to the working directory; development mode
    ///   reads them there.
    public static func memory(_ files: [String: [UInt8]], directory: String? = nil) -> ViewFiles {
        ViewFiles(memory: files, directory: directory)
    }

    /// The templates and assets of the server itself.
    static let server = ViewFiles.memory(
        EmbeddedFiles.files(in: EmbeddedArchive.text, below: "Views/server"), directory: "Views/server")

    /// Whether the files are read from the directory.
    private func isOnDisk(_ isDevelopment: Bool) -> Bool { directory != nil && (isDevelopment || memory.isEmpty) }

    /// The source of the templates; nil when there are none.
    func source(isDevelopment: Bool) -> ViewSource? {
        if let directory, isOnDisk(isDevelopment) { return .directory(directory) }
        return memory.isEmpty ? nil : .memory(memory, root: "")
    }

    /// The source of the assets; nil when there are none.
    func assets(isDevelopment: Bool) -> Assets.Source? {
        if let directory, isOnDisk(isDevelopment) { return .directory(directory + "/assets") }
        let prefix = "assets/"
        let files = memory.filter { $0.key.hasPrefix(prefix) }
        return .files(
            Dictionary(uniqueKeysWithValues: files.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }
}
