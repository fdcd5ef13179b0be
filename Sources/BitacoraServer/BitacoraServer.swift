import EventLog
import Glibc
import Handlebars
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import SocketIO
import WebSocket

/// A server of an event log and of an application on it, over HTTP, WebSockets, event streams and Socket.IO.
///
/// Run it as a service of a service group:
///
/// ```swift
/// var options = ServerOptions()
/// options.data = "Data/orders"
/// let server = BitacoraServer(options, application: Orders(), logger: logger) { print("listening on \($0)") }
/// try await ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
/// ```
///
/// How a request reaches the log, and how an event reaches the clients:
///
/// ```
///  request ─► HTTPUpgradeChannel ─► router ─► middleware ─► routes ─► ApplicationContext ─► EventLog
///                  │ WebSocket, event stream, Socket.IO                                     │ commit
///                  └─► RealtimeSocket, RealtimeStream, LogSocket ◄──── Hub, one for each loop ◄──┘
/// ```
public struct BitacoraServer: Service {
    private let options: ServerOptions
    /// The application in Swift; nil for one in a folder, and for the log alone.
    private let application: (any BitacoraApplication)?
    /// The folder of an application without Swift; nil without one.
    private let folder: String?
    private let logger: Logger
    private let ready: @Sendable (String) -> Void

    /// The views that the server itself renders. The server does not start without them, nor without those of its
    /// application (``BitacoraApplication/requiredViews``).
    public static let requiredViews =
        [ErrorPages.view, TransportRoutes.view, ApplicationIndex.view] + InspectorRoutes.views

    /// The name of the template helper that returns the address of an asset: `{{asset "chat.js"}}`.
    public static let assetHelper = "asset"

    /// The name of the template helper that encodes text for an address: `<a href="/orders/{{url @key}}">`.
    ///
    /// It percent-encodes all but the unreserved characters, so that the text is one level of a path, or one value of a
    /// query.
    public static let urlHelper = "url"

    /// The names of the helpers that the server adds to the built-in ones.
    package static let helpers: Set = [assetHelper, urlHelper]

    /// The directories of templates that development mode reads: that of the application in Swift, then that of the
    /// server.
    ///
    /// Relative to the working directory; an application whose templates are in memory only has none.
    public static func viewDirectories(for application: (any BitacoraApplication)?) -> [String] {
        [application?.files.directory, ViewFiles.server.directory].compactMap { $0 }
    }

    /// Makes a server; nothing is opened before ``run()``.
    ///
    /// - Parameters:
    ///   - options: where the server listens, where its log is, and its limits.
    ///   - application: the application that is served; nil for the log alone, with the inspector as the home page.
    ///   - logger: where the server logs.
    ///   - ready: called once connections are accepted, with the address of the server, such as
    ///     `http://127.0.0.1:8080`.
    public init(
        _ options: ServerOptions, application: (any BitacoraApplication)?, logger: Logger,
        ready: @escaping @Sendable (String) -> Void
    ) {
        self.init(options, application, folder: nil, logger, ready)
    }

    /// Makes a server of an application that is a folder: `app.json`, `schemas/` and `views/`, without Swift. Nothing
    /// is opened before ``run()``.
    ///
    /// The article <doc:ApplicationsWithoutSwift> describes the files. The views and assets of the folder take
    /// precedence over the server's own. In development mode every file is read again when it changes.
    ///
    /// - Parameters:
    ///   - options: where the server listens, where its log is, and its limits.
    ///   - folder: the path of the folder.
    ///   - logger: where the server logs.
    ///   - ready: called once connections are accepted, with the address of the server, such as
    ///     `http://127.0.0.1:8080`.
    public init(
        _ options: ServerOptions, folder: String, logger: Logger, ready: @escaping @Sendable (String) -> Void
    ) {
        self.init(options, nil, folder: folder, logger, ready)
    }

    private init(
        _ options: ServerOptions, _ application: (any BitacoraApplication)?, folder: String?, _ logger: Logger,
        _ ready: @escaping @Sendable (String) -> Void
    ) {
        self.options = options
        self.application = application
        self.folder = folder
        self.logger = logger
        self.ready = ready
    }

    /// Serves until its service group shuts down gracefully. Then closes every socket (WebSockets with 1001), commits
    /// the waiting events, stores a snapshot and returns.
    ///
    /// - Throws: `ServerError` or `OpenError`, or an error of the templates or the application; nothing was served.
    public func run() async throws {
        let address = try await resolveHost()
        guard options.isLoopback || options.isOpen else {
            throw ServerError(
                "\(options.host) is reachable from other machines and authentication is off; pass --open to allow this")
        }
        if let views = options.views, access(views, F_OK) != 0 {
            throw ServerError("the directory of templates '\(views)' does not exist; create it, or name another one")
        }
        // Everything that the options name is read before the log is created: an error must not leave an empty log.
        let folder = try folder.map(RunningApplication.Folder.init)
        let assets = try Assets(
            viewFiles(folder).compactMap { $0.assets(isDevelopment: options.isDevelopment) },
            reloads: options.isDevelopment)
        let views = try viewEngine(assets, folder)
        let io = try socketIO(policy)
        let seed = hasLog ? nil : try seed()
        let log = try openLog()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.loops ?? System.coreCount)
        let ended = await Result { try await serve(log, folder, seed, views, assets, io, address, group) }
        log.close()
        try await group.shutdownGracefully()
        try ended.get()
        logger.info("stopped", metadata: ["head": "\(log.head)"])
    }

    /// Reads the events of the application's seed files; nil when the options name no seed.
    private func seed() throws(ServerError) -> Seed? {
        guard let source = options.seed else { return nil }
        guard let application, !application.seed.isEmpty else {
            throw ServerError("the application has no demo events; remove --seed")
        }
        return try Seed(application.seed, from: source, limits)
    }

    /// Resolves the host to the numeric address that the server listens on, and checks that the port is free.
    ///
    /// This happens before the log is created, so that an error does not leave a new, empty log behind. The lookup
    /// blocks, so it runs on a thread of the blocking pool.
    ///
    /// - Throws: `ServerError` with the host and the reason.
    private func resolveHost() async throws(ServerError) -> String {
        do {
            let address = try await NIOThreadPool.singleton.runIfActive { [options] in
                let address = try SocketAddress.makeAddressResolvingHost(options.host, port: options.port)
                if let code = Self.bindError(of: address) { throw IOError(errnoCode: code, reason: "bind") }
                return address
            }
            return Self.numericHost(address) ?? options.host
        } catch let error as IOError {
            throw listenError(error)
        } catch {
            let reason = (error as? SocketAddressError.UnknownHost)?.errorDescription ?? "\(error)"
            throw ServerError(
                "the host '\(options.host)' cannot be resolved to an address: \(reason); name this machine or one of its addresses, such as localhost, 127.0.0.1, ::1 or 0.0.0.0"
            )
        }
    }

    /// Binds an address and releases it again.
    ///
    /// - Returns: the error number when the address cannot be bound, for example because another process listens on it.
    private static func bindError(of address: SocketAddress) -> Int32? {
        address.withSockAddr { pointer, size in
            let descriptor = socket(Int32(pointer.pointee.sa_family), Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { return errno }
            defer { close(descriptor) }
            // As the server's own socket: connections of an earlier server that are closing do not count.
            var isOn: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
            return bind(descriptor, pointer, socklen_t(size)) == 0 ? nil : errno
        }
    }

    private func listenError(_ error: IOError) -> ServerError {
        let remedy =
            switch error.errnoCode {
            case EADDRINUSE: "; stop the process that uses the port, or choose another port"
            case EADDRNOTAVAIL: "; choose an address of this machine"
            case EACCES: "; ports below 1024 need a privileged process: choose another port"
            default: ""
            }
        return ServerError(
            "cannot listen on \(options.host) port \(options.port): \(String(cString: strerror(error.errnoCode)))\(remedy)"
        )
    }

    /// The text of an address, with the interface of a link-local address, which `SocketAddress.ipAddress` leaves out.
    private static func numericHost(_ address: SocketAddress) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = address.withSockAddr { pointer, size in
            getnameinfo(pointer, socklen_t(size), &text, socklen_t(NI_MAXHOST), nil, 0, NI_NUMERICHOST)
        }
        return result == 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    /// The templates and assets; of two files with the same name, the first is used.
    ///
    /// When `options.views` or a folder is set, the built-in directories may be absent in development mode.
    private func viewFiles(_ folder: RunningApplication.Folder?) -> [ViewFiles] {
        let own = [options.views.map(ViewFiles.directory), folder?.views].compactMap { $0 }
        let builtIn = [application?.files, .server].compactMap { $0 }
        return own + (own.isEmpty && folder == nil ? builtIn : builtIn.map(\.withoutMissingDirectory))
    }

    private func viewEngine(
        _ assets: Assets, _ folder: RunningApplication.Folder?
    ) throws(ViewErrors) -> ViewEngine {
        let sources = viewFiles(folder).compactMap { $0.source(isDevelopment: options.isDevelopment) }
        var configuration = ViewEngine.Configuration(sources: sources)
        configuration.helpers = Self.pageHelpers(assets)
        configuration.caching = options.isDevelopment ? .development : .production
        configuration.requiredViews =
            Self.requiredViews + (application?.requiredViews ?? []) + (folder?.requiredViews ?? [])
        configuration.checksNames = true
        if options.isDevelopment {
            logger.notice(
                "development mode: templates and assets are reloaded when they change, and visitors see errors in templates"
            )
        }
        return try ViewEngine(configuration)
    }

    private var policy: OriginPolicy {
        OriginPolicy(
            allowedOrigins: options.allowedOrigins, isLoopback: options.isLoopback,
            exposedHeaders: "ETag, Location, Retry-After",
            remedy: "to allow its pages, start the server with --allow-origin")
    }

    private var limits: EventLimits { EventLimits(data: options.maximumData) }

    private var hasLog: Bool { (try? EventLog.checkPresence(in: options.data)) != nil }

    private func openLog() throws(OpenError) -> EventLog {
        var opening = EventLog.Options()
        opening.durability = options.durability
        opening.limits = limits
        opening.maximumSize = options.maximumSize
        opening.report = { [logger] in logger.notice("\($0)") }
        return try EventLog(directory: options.data, options: opening)
    }

    private func serve(
        _ log: EventLog, _ folder: RunningApplication.Folder?, _ seed: Seed?, _ views: ViewEngine, _ assets: Assets,
        _ io: SocketIOServer, _ address: String, _ group: MultiThreadedEventLoopGroup
    ) async throws {
        try await prepare(log, seed)
        let stateLimiter = ConcurrencyLimiter.forPastStates()
        let eventReader = EventListReader(log: log, limiter: .forReads())
        let environment = RunningApplication.Environment(
            log: log, views: views, imageOrigins: ImageOrigins(options.imageOrigins), options: options,
            stateLimiter: stateLimiter, eventReader: eventReader, logger: logger)
        let running = try await runningApplication(folder, environment)
        let parts = Parts(
            log: log, running: running, views: views, assets: assets, io: io, eventReader: eventReader,
            stateLimiter: stateLimiter)
        do {
            try await listen(parts, on: address, group)
        } catch is CancellationError where Task.isShuttingDownGracefully {
            logger.warning("some connections did not end in time and were closed")
        }
        await snapshots(log, running).saveIfChanged()
    }

    /// Appends the seed to an empty log, and reports the state of the log.
    private func prepare(_ log: EventLog, _ seed: Seed?) async throws {
        for warning in log.repairs { logger.warning("\(warning)") }
        if log.head < log.first, let seed = try seed ?? self.seed() {
            let count = try await seed.append(to: log)
            logger.info("seeded", metadata: ["events": "\(count)"])
        } else if options.seed != nil {
            logger.info("the seed was skipped because the log already has events")
        }
        logger.info(
            "log open",
            metadata: [
                "directory": "\(options.data)", "id": "\(log.id)", "head": "\(log.head)",
                "durability": "\(log.durability)",
            ])
    }

    private func snapshots(_ log: EventLog, _ running: RunningApplication) -> SnapshotService {
        SnapshotService(
            log: log, projections: running.projections, interval: options.snapshotInterval, logger: logger)
    }

    private func runningApplication(
        _ folder: RunningApplication.Folder?, _ environment: RunningApplication.Environment
    ) async throws -> RunningApplication {
        if let folder { return try await .start(folder, environment) }
        if let application { return try await .start(application, environment) }
        return .none
    }

    private func services(_ log: EventLog, _ running: RunningApplication) -> [any Service] {
        var services = running.parts.services + [snapshots(log, running)]
        if !options.retention.isUnbounded {
            services.append(
                RetentionService(
                    log: log, projections: running.projections, retention: options.retention,
                    interval: options.retentionInterval, logger: logger))
        }
        return services
    }

    /// The parts of a server whose log is open and whose application has started.
    private struct Parts {
        let log: EventLog
        let running: RunningApplication
        let views: ViewEngine
        let assets: Assets
        let io: SocketIOServer
        let eventReader: EventListReader
        let stateLimiter: ConcurrencyLimiter
    }

    private func router(_ parts: Parts, _ feeds: CollectionFeeds?) throws -> Router<ServerContext> {
        let (log, views, projections) = (parts.log, parts.views, parts.running.projections)
        return try ServerRoutes(
            events: EventRoutes(reader: parts.eventReader, appendCheck: parts.running.appendCheck),
            log: InspectorRoutes(
                log: log, views: views, overviews: LogOverviewCache(log: log), projections: projections,
                stateLimiter: parts.stateLimiter, searchLimiter: .forSearches()),
            states: StateRoutes(log: log, projections: projections, limiter: parts.stateLimiter),
            collections: CollectionRoutes(
                log: log, application: parts.running.declared, feeds: feeds, limiter: .forRows()),
            transports: TransportRoutes(log: log, views: views, appendCheck: parts.running.appendCheck),
            assets: parts.assets, health: HealthRoutes(log: log),
            application: application == nil && folder == nil ? nil : parts.running.parts.routes,
            errors: ErrorPages(views: views, isDevelopment: options.isDevelopment), policy: policy,
            imageOrigins: ImageOrigins(options.imageOrigins)
        ).router()
    }

    private func listen(_ parts: Parts, on address: String, _ group: MultiThreadedEventLoopGroup) async throws {
        let (log, io) = (parts.log, parts.io)
        let feeds = parts.running.declared.map { CollectionFeeds(log: log, application: $0) }
        let realtime = try installRealtime(parts, feeds, group)
        let application = Application(
            router: try router(parts, feeds),
            server: HTTPServerBuilder { responder in
                HTTPUpgradeChannel(responder: responder, rejectionBody: Problem.rejectionBody) { head, channel in
                    io.decide(head, channel) ?? realtime.route(head)
                }
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address, port: options.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections)),
            services: services(log, parts.running),
            onServerRunning: { [host = options.host, ready, logger] channel in
                let backoff = AcceptBackoff(logger: logger, loop: channel.eventLoop)
                try? await channel.pipeline.addHandler(backoff, position: .first).get()
                let name = host.contains(":") ? "[\(host)]" : host
                let address = "http://\(name):\(channel.localAddress?.port ?? 0)"
                log.announce(address: address)
                ready(address)
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw listenError(error)
        }
    }

    /// Connects the log and the collections of a server with its WebSockets, event streams and Socket.IO.
    ///
    /// - Returns: the routes of the WebSockets and event streams.
    private func installRealtime(
        _ parts: Parts, _ feeds: CollectionFeeds?, _ group: MultiThreadedEventLoopGroup
    ) throws -> RealtimeRouter {
        let (log, running, io) = (parts.log, parts.running, parts.io)
        let delivery = Delivery(log: log, group: group, readLimiter: parts.eventReader.limiter)
        let recovery = SessionRecovery(
            log: log, key: try RecoveryKey(directory: options.data), recovers: options.recovery)
        if let feeds {
            // Before the log's backend, which takes every name that can be a topic.
            io.install(
                backend: CollectionNamespaceBackend(feeds: feeds, commands: running.commands, recovery: recovery))
        }
        io.install(
            backend: LogNamespaceBackend(
                log: log, commands: running.commands, participant: running.parts.participant, delivery: delivery,
                recovery: recovery))
        return RealtimeRouter(
            endpoints: [EventEndpoint(hubs: delivery)] + (feeds.map { [CollectionEndpoint(feeds: $0)] } ?? []),
            commands: running.commands, policy: policy,
            security: SecurityHeaders(images: ImageOrigins(options.imageOrigins)))
    }

    private func socketIO(_ policy: OriginPolicy) throws -> SocketIOServer {
        var options = options.socketIO
        if let path = self.options.socketIOClient { options.clientScript = try .file(path) }
        options.maximumSessions = self.options.maximumConnections
        // Twice the largest event, which may be base64: a slow client must be able to receive the event and still be
        // pinged.
        options.maximumBufferedBytes = max(options.maximumBufferedBytes, 2 * self.options.maximumData + (256 << 10))
        // Each namespace of a client has its own filter, which every commit is matched against.
        options.maximumNamespaces = min(options.maximumNamespaces, 8)
        options.headers.append(("X-Content-Type-Options", "nosniff"))
        options.originPolicy = policy
        return SocketIOServer(options, logger: logger)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
