import Embedded
public import EventLog
import Glibc
import Handlebars
import Hummingbird
import HummingbirdCore
public import Logging
import Marketplace
import NIOCore
import NIOPosix
import SocketIO
public import ServiceLifecycle
import WebSocket

/// The server: a log, its projection, and every way in and out of them over HTTP.
///
/// ```
///  request ─► HTTPUpgradeChannel ─► router ─► routes ─► Market ─► EventLog
///                  │ WebSocket, event stream, Socket.IO   │ commit
///                  └─► EventSocket, EventStream, LogSocket ◄── Hub (one a loop)
/// ```
public struct BitacoraServer: Service {
    /// What the log of a server is folded into.
    public static let projections: [any Projection.Type] = [MarketplaceState.self]

    private let options: ServerOptions
    private let logger: Logger
    private let ready: @Sendable (String) -> Void

    /// The views that it shows, and without which it does not start.
    package static var views: [String] {
        PageRoutes.views + AuctionPages.views + [ChatRoutes.view, TransportRoutes.view] + LogRoutes.views
    }

    /// The helper that returns the address of an asset in a view: `{{asset "chat.js"}}`, `{{asset sheet ".css"}}`.
    package static let assetHelper = "asset"

    /// - Parameter ready: gets the address once connections are accepted, such as `http://127.0.0.1:8080`.
    public init(_ options: ServerOptions, logger: Logger, ready: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.logger = logger
        self.ready = ready
    }

    /// Serves until its service group shuts down gracefully; then closes every
    /// socket (WebSockets with 1001), commits what waits, writes a snapshot and returns.
    ///
    /// - Throws: `ServerError`, `OpenError` or what binding failed with; nothing was served.
    public func run() async throws {
        try checkHost()
        guard options.isLoopback || options.isOpen else {
            throw ServerError(
                "\(options.host) is reachable from other machines and authentication is off; pass --open to allow this")
        }
        let assets = try assets()
        let views = try viewEngine(assets)
        // Files that the options name are read before the log is created: an error must not leave a new, empty log behind.
        let io = try socketIO(policy)
        if let seed = options.seed, !hasLog { try Seed.check(seed, limits) }
        let log = try openLog()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.loops ?? System.coreCount)
        let ended = await Result { try await serve(log, views, assets, io, group) }
        log.close()
        try await group.shutdownGracefully()
        try ended.get()
        logger.info("stopped", metadata: ["head": "\(log.head)"])
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

    /// The directory of the templates; nil for the templates inside the executable.
    private var viewsDirectory: String? { options.views ?? (options.isDevelopment ? EmbeddedFiles.views : nil) }

    private func assets() throws -> Assets {
        guard let viewsDirectory else {
            return Assets(files: EmbeddedFiles.files(below: EmbeddedFiles.views + "/assets"))
        }
        return try Assets(directory: viewsDirectory + "/assets", isReadAgain: options.isDevelopment)
    }

    private func viewEngine(_ assets: Assets) throws(ViewErrors) -> ViewEngine {
        var configuration = ViewEngine.Configuration(views: viewsDirectory ?? EmbeddedFiles.views)
        if viewsDirectory == nil { configuration.memoryFiles = EmbeddedFiles.all }
        configuration.helpers = [
            Self.assetHelper: { call in .string(assets.address(of: call.arguments.map(\.text).joined())) }
        ]
        configuration.caching = options.isDevelopment ? .development : .production
        configuration.requiredViews = Self.views
        configuration.checksNames = true
        if options.isDevelopment {
            logger.notice(
                "templates and assets are read again when they change; errors in templates are shown to visitors")
        }
        return try ViewEngine(configuration)
    }

    private var policy: OriginPolicy {
        OriginPolicy(allowedOrigins: options.allowedOrigins, isLoopback: options.isLoopback)
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
        _ log: EventLog, _ views: ViewEngine, _ assets: Assets, _ io: SocketIOServer,
        _ group: MultiThreadedEventLoopGroup
    ) async throws {
        if let seed = options.seed {
            let count = try await Seed.plant(from: seed, in: log)
            logger.info(
                count > 0 ? "seeded" : "not seeded: the log has events already", metadata: ["events": "\(count)"])
        }
        let projector: Projector<MarketplaceState> = try await log.project()
        for warning in log.repairs + projector.loading.warnings { logger.warning("\(warning)") }
        logger.info(
            "log open",
            metadata: [
                "directory": "\(options.data)", "id": "\(log.id)", "head": "\(log.head)",
                "durability": "\(log.durability)",
                "snapshot": "\(projector.loading.snapshot)", "folded": "\(projector.loading.folded)",
            ])
        let snapshots = SnapshotService(
            log: log, projector: projector, interval: options.snapshotInterval, logger: logger)
        var services: [any Service] = [snapshots]
        if !options.retention.isUnbounded {
            services.append(
                RetentionService(
                    log: log, retention: options.retention, interval: options.retentionInterval, logger: logger))
        }
        let market = Market(log: log, projector: projector)
        services.append(AuctionService(market: market, logger: logger))
        do {
            try await runApplication(market, views, assets, io, group, services)
        } catch is CancellationError where Task.isShuttingDownGracefully {
            logger.warning("some connections did not end in time and were cut")
        }
        if projector.value.offset > projector.loading.snapshot { await snapshots.save() }
    }

    private func runApplication(
        _ market: Market, _ views: ViewEngine, _ assets: Assets, _ io: SocketIOServer,
        _ group: MultiThreadedEventLoopGroup,
        _ services: [any Service]
    ) async throws {
        let policy = policy
        let turns = WorkGate.reads()
        let delivery = Delivery(log: market.log, group: group, turns: turns)
        let eventPages = EventPages(log: market.log, turns: turns)
        let door = RealtimeDoor(market: market, delivery: delivery, policy: policy)
        let sessions = LogSessions(
            log: market.log, key: try RecoveryKey(directory: options.data), recovers: options.recovery)
        io.install(backend: LogNamespaces(market: market, delivery: delivery, sessions: sessions))
        let (history, folds) = (StateHistory(market.projector, in: market.log), WorkGate.folds())
        let images = ImageOrigins(options.imageOrigins)
        let pages = PageRoutes(
            market: market, history: history, gate: folds, views: views, images: images,
            isDevelopment: options.isDevelopment)
        let routing = Routing(
            products: ProductRoutes(market: market), messages: MessageRoutes(market: market, pages: eventPages),
            auctions: AuctionRoutes(market: market),
            auctionPages: AuctionPages(
                market: market, views: views, images: images, isDevelopment: options.isDevelopment),
            events: EventRoutes(pages: eventPages, decidedTypes: .marketplace), pages: pages,
            forms: ProductFormRoutes(market: market, pages: pages),
            chat: ChatRoutes(market: market, views: views),
            log: LogRoutes(
                market: market, views: views, overviews: LogOverviews(log: market.log), history: history, folds: folds,
                searches: .searches()),
            states: StateRoutes(market: market, history: history, gate: folds),
            transports: TransportRoutes(log: market.log, views: views), assets: assets,
            health: HealthRoutes(log: market.log), policy: policy, images: images)
        let (host, ready, log, logger) = (options.host, ready, market.log, logger)
        let application = Application(
            router: routing.router(),
            server: HTTPServerBuilder { responder in
                HTTPUpgradeChannel(responder: responder, rejectionBody: Problem.rejectionBody) { head, channel in
                    io.decide(head, channel) ?? door.decide(head, channel)
                }
            },
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.maximumConnections)),
            services: services,
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
        options.allowedOrigins = self.options.allowedOrigins
        options.maximumSessions = self.options.maximumConnections
        // Twice the largest event, which may be base64: who is slow must be able to take it and still be pinged.
        options.maximumBufferedBytes = max(options.maximumBufferedBytes, 2 * self.options.maximumData + (256 << 10))
        // Each has a filter of its own, which every commit looks at.
        options.maximumNamespaces = min(options.maximumNamespaces, 8)
        options.headers.append(("X-Content-Type-Options", "nosniff"))
        options.allowRequest = { request in
            do throws(Problem) {
                try policy.check(origin: request.header("Origin"), host: request.header("Host"))
                return nil
            } catch {
                return error.detail
            }
        }
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
