public import Commands
import Embedded
public import EventLog
import Handlebars
import JSON
public import ServiceLifecycle
public import SocketIO

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An application on the log: its state, its commands, its pages and its services.
///
/// The server folds the log into the state, decides commands in the log's order, stores snapshots, and shows any past
/// state in the inspector. Clients cannot append events of the types that commands are decided into.
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

    /// The name of the application in the server's log.
    var name: String { get }

    /// The projection of the application. `GET /api/state/{name}` returns the state by the name of the projection.
    var projection: Source { get }

    /// The commands. Clients send them as Socket.IO events, as messages of a WebSocket, or through the application's
    /// routes.
    var commands: [CommandDefinition<Source.State>] { get }

    /// The templates and assets. They take precedence over the server's own, so an application can replace the layout
    /// `main`.
    var files: ViewFiles { get }

    /// The views that the application renders. The server does not start without them.
    var requiredViews: [String] { get }

    /// The files of events that ``ServerOptions/seed`` appends to an empty log.
    var seed: [SeedFile] { get }

    /// Starts the application: called once by each server, after the log was folded and before connections are
    /// accepted.
    ///
    /// - Parameter context: what the routes and services use; it stays valid while the server runs.
    /// - Returns: the routes, the services and the behaviour of sockets.
    /// - Throws: any error; the server then does not start.
    func start(in context: ApplicationContext<Source>) throws -> ApplicationParts
}

extension BitacoraApplication {
    /// No templates and assets other than the server's own.
    public var files: ViewFiles { .none }
    /// No required views.
    public var requiredViews: [String] { [] }
    /// No seed files.
    public var seed: [SeedFile] { [] }
    /// Adds nothing to the server. Clients can send the commands over sockets.
    public func start(in context: ApplicationContext<Source>) throws -> ApplicationParts { ApplicationParts() }
}

/// What an application adds to a running server.
public struct ApplicationParts: Sendable {
    /// The routes of pages and interfaces.
    public var routes = Routes()
    /// Services that run while the server serves, such as timers. They must return at a graceful shutdown.
    public var services: [any Service] = []
    /// Makes the participant of a new Socket.IO socket, which does what the socket does beyond events and commands; nil
    /// for a socket without one.
    ///
    /// The second argument is the topic of the socket's namespace: `chat` for `/chat`, nil for `/`. Called on the event
    /// loop of the socket's connection.
    public var participant: @Sendable (Socket, String?) -> (any SocketParticipant)? = { _, _ in nil }

    /// No routes, no services and no participants.
    public init() {}
}

/// A file of events that are appended to an empty log: one JSON object a line, as for `POST /api/events`.
public struct SeedFile: Sendable {
    /// The name of the file, such as `products.jsonl`.
    public let name: String
    /// Whether the file must exist in the directory of ``SeedSource/directory(_:)``.
    public let isRequired: Bool
    /// The events that ``SeedSource/demo`` appends.
    public let contents: [UInt8]

    /// Makes a seed file.
    public init(name: String, isRequired: Bool = true, contents: [UInt8]) {
        self.name = name
        self.isRequired = isRequired
        self.contents = contents
    }
}

/// The templates and assets of an application: files in memory, a directory, or both.
///
/// Templates are `*.handlebars` files, layouts are in `layouts/`, partials in `partials/`, and assets in `assets/`.
public struct ViewFiles: Sendable {
    /// The files in memory, by their paths: `home.handlebars`, `layouts/main.handlebars`, `assets/shop.css`.
    let memory: [String: [UInt8]]
    /// The directory of the same files; nil for none.
    let directory: String?

    /// No templates and assets.
    public static let none = ViewFiles(memory: [:], directory: nil)

    /// The files of a directory. They are read at the start; in development mode they are reloaded when they change.
    public static func directory(_ path: String) -> ViewFiles { ViewFiles(memory: [:], directory: path) }

    /// Files in memory, by their paths below the directory of templates: `home.handlebars`, `assets/shop.css`.
    ///
    /// - Parameters:
    ///   - files: the contents of the files by their paths.
    ///   - directory: the directory of the same files, relative to the working directory; development mode reads the
    ///     files there. Nil when they are in memory only.
    public static func memory(_ files: [String: [UInt8]], directory: String? = nil) -> ViewFiles {
        ViewFiles(memory: files, directory: directory)
    }

    /// The templates and assets of the server itself.
    static let server = ViewFiles.memory(
        EmbeddedFiles.files(in: EmbeddedArchive.text, below: "Views/server"), directory: "Views/server")

    /// The same files, without a directory that does not exist if they are in memory as well.
    var withoutMissingDirectory: ViewFiles {
        guard let directory, !memory.isEmpty, !FileManager.default.fileExists(atPath: directory) else { return self }
        return ViewFiles(memory: memory, directory: nil)
    }

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
