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

/// The server: a log, an application on it, and every way to reach both over HTTP.
///
/// ```
///  request ─► HTTPUpgradeChannel ─► router ─► routes ─► ApplicationContext ─► EventLog
///                  │ WebSocket, event stream, Socket.IO        │ commit
///                  └─► EventSocket, EventStream, LogSocket ◄── Hub (one for each event loop)
/// ```
public struct BitacoraServer: Service {
    private let options: ServerOptions
    private let application: (any BitacoraApplication)?
    private let logger: Logger
    private let ready: @Sendable (String) -> Void

    /// The views that the server itself renders; it does not start without them and those of its application.
    public static let views =
        [ErrorPages.view, TransportRoutes.view] + LogRoutes.views

    /// The name of the helper that returns the address of an asset in a template: `{{asset "chat.js"}}`.
    public static let assetHelper = "asset"

    /// The directories of templates that development mode reads: those of an application, then those of the server.
    public static func viewDirectories(for application: (any BitacoraApplication)?) -> [String] {
        [application?.files.directory, ViewFiles.server.directory].compactMap { $0 }
    }

    /// - Parameters:
    ///   - application: what is served beside the log; nil for the log alone, with the inspector as the home page.
    ///   - ready: gets the address once connections are accepted, such as `http://127.0.0.1:8080`.
    public init(
        _ options: ServerOptions, application: (any BitacoraApplication)?, logger: Logger,
        ready: @escaping @Sendable (String) -> Void
    ) {
        self.options = options
        self.application = application
        self.logger = logger
        self.ready = ready
    }

    /// Serves until its service group shuts down gracefully; then closes every
    /// socket (WebSockets with 1001), commits what waits, writes a snapshot and returns.
    ///
    /// - Throws: `ServerError`, `OpenError`, or the error of the listening socket; nothing was served.
    public func run() async throws {
        try checkHost()
        guard options.isLoopback || options.isOpen else {
            throw ServerError(
                "\(options.host) is reachable from other machines and authentication is off; pass --open to allow this")
        }
        // Everything that the options name is read before the log is created: an error must not leave an empty log.
        let assets = try Assets(
            viewFiles.compactMap { $0.assets(isDevelopment: options.isDevelopment) }, isReadAgain: options.isDevelopment
        )
        let views = try viewEngine(assets)
        let io = try socketIO(policy)
        let seed = hasLog ? nil : try seed()
        let log = try openLog()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.loops ?? System.coreCount)
        let ended = await Result { try await serve(log, seed, views, assets, io, group) }
        log.close()
        try await group.shutdownGracefully()
        try ended.get()
        logger.info("stopped", metadata: ["head": "\(log.head)"])
    }

    /// Reads the events of the application's seed files; nil when none were asked for.
    private func seed() throws(ServerError) -> Seed? {
        guard let source = options.seed else { return nil }
        guard let application, !application.seed.isEmpty else {
            throw ServerError("the application has no demo events; leave out --seed")
        }
        return try Seed(application.seed, from: source, limits)
    }

    /// Checks that the host can be resolved to an address, before the log is created: the server listens only afterwards,
    /// and an error at that point would leave a new, empty log behind.
    ///
    /// The lookup blocks the calling thread. Nothing else runs in the server yet.
    ///
    /// - Throws: `ServerError` with the host and the reason.
    private func checkHost() throws(ServerError) {
        do {
            _ = try SocketAddress.makeAddressResolvingHost(options.host, port: options.port)
        } catch {
            let reason = (error as? SocketAddressError.UnknownHost)?.errorDescription ?? "\(error)"
            throw ServerError(
                "the host '\(options.host)' cannot be resolved to an address: \(reason); name this machine or one of its addresses, such as localhost, 127.0.0.1, ::1 or 0.0.0.0"
            )
        }
    }

    /// The templates and assets; of two files of a name, the first is used.
    private var viewFiles: [ViewFiles] {
        [options.views.map(ViewFiles.directory), application?.files, .server].compactMap { $0 }
    }

    private func viewEngine(_ assets: Assets) throws(ViewErrors) -> ViewEngine {
        let sources = viewFiles.compactMap { $0.source(isDevelopment: options.isDevelopment) }
        var configuration = ViewEngine.Configuration(sources: sources)
        configuration.helpers = [
            Self.assetHelper: { call in .string(assets.address(of: call.arguments.map(\.text).joined())) }
        ]
        configuration.caching = options.isDevelopment ? .development : .production
        configuration.requiredViews = Self.views + (application?.requiredViews ?? [])
        configuration.checksNames = true
        if options.isDevelopment {
            logger.notice(
                "templates and assets are read again when they change; errors in templates are shown to visitors")
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
        _ log: EventLog, _ seed: Seed?, _ views: ViewEngine, _ assets: Assets, _ io: SocketIOServer,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        for warning in log.repairs { logger.warning("\(warning)") }
        if log.head < log.first, let seed = try seed ?? self.seed() {
            let count = try await seed.append(to: log)
            logger.info("seeded", metadata: ["events": "\(count)"])
        } else if options.seed != nil {
            logger.info("not seeded: the log has events already")
        }
        logger.info(
            "log open",
            metadata: [
                "directory": "\(options.data)", "id": "\(log.id)", "head": "\(log.head)",
                "durability": "\(log.durability)",
            ])
        let (reads, folds) = (WorkGate.reads(), WorkGate.folds())
        let eventPages = EventPages(log: log, turns: reads)
        var running = RunningApplication.none
        if let application {
            let surroundings = RunningApplication.Surroundings(
                log: log, views: views, images: ImageOrigins(options.imageOrigins), options: options, folds: folds,
                eventPages: eventPages, logger: logger)
            running = try await RunningApplication.start(application, surroundings)
        }
        do {
            try await listen(log, running, views, assets, io, eventPages, folds, group)
        } catch is CancellationError where Task.isShuttingDownGracefully {
            logger.warning("some connections did not end in time and were cut")
        }
        await running.snapshots?.saveIfChanged()
    }

    private func services(_ log: EventLog, _ running: RunningApplication) -> [any Service] {
        var services = running.parts.services
        if let snapshots = running.snapshots { services.append(snapshots) }
        if !options.retention.isUnbounded {
            services.append(
                RetentionService(
                    log: log, projections: application.map { [$0.projection] } ?? [], retention: options.retention,
                    interval: options.retentionInterval, logger: logger))
        }
        return services
    }

    private func listen(
        _ log: EventLog, _ running: RunningApplication, _ views: ViewEngine, _ assets: Assets, _ io: SocketIOServer,
        _ eventPages: EventPages, _ folds: WorkGate, _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let policy = policy
        let delivery = Delivery(log: log, group: group, turns: eventPages.turns)
        let images = ImageOrigins(options.imageOrigins)
        let realtime = RealtimeRouter(
            commands: running.commands, delivery: delivery, policy: policy, security: SecurityHeaders(images: images))
        let sessions = LogSessions(log: log, key: try RecoveryKey(directory: options.data), recovers: options.recovery)
        io.install(
            backend: LogNamespaces(
                log: log, commands: running.commands, participant: running.parts.participant, delivery: delivery,
                sessions: sessions))
        let router = try ServerRoutes(
            events: EventRoutes(pages: eventPages, decidedTypes: running.decidedTypes),
            log: LogRoutes(
                log: log, views: views, overviews: LogOverviews(log: log), states: running.states, folds: folds,
                searches: .searches()),
            states: StateRoutes(log: log, states: running.states, gate: folds),
            transports: TransportRoutes(log: log, views: views), assets: assets, health: HealthRoutes(log: log),
            application: application == nil ? nil : running.parts.routes,
            errors: ErrorPages(views: views, isDevelopment: options.isDevelopment), policy: policy,
            images: images
        ).router()
        let (host, ready, logger) = (options.host, ready, logger)
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                HTTPUpgradeChannel(responder: responder, rejectionBody: Problem.rejectionBody) { head, channel in
                    io.decide(head, channel) ?? realtime.route(head)
                }
            },
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections)),
            services: services(log, running),
            onServerRunning: { channel in
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
            throw ServerError(
                "\(options.host) port \(options.port) cannot be listened on: \(String(cString: strerror(error.errnoCode)))"
            )
        }
    }

    private func socketIO(_ policy: OriginPolicy) throws -> SocketIOServer {
        var options = options.socketIO
        if let path = self.options.socketIOClient { options.clientScript = try .file(path) }
        options.maximumSessions = self.options.maximumConnections
        // Twice the largest event, which may be base64: who is slow must be able to take it and still be pinged.
        options.maximumBufferedBytes = max(options.maximumBufferedBytes, 2 * self.options.maximumData + (256 << 10))
        // Each has a filter of its own, which every commit looks at.
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
