import EventLog
import HTTPTypes
import Hummingbird
import JSON
import WebSocket

/// All routes: those of the server and those of its application, behind the common middleware.
struct ServerRoutes {
    let events: EventRoutes
    let log: InspectorRoutes
    let states: StateRoutes
    let collections: CollectionRoutes
    let transports: TransportRoutes
    let assets: Assets
    let health: HealthRoutes
    /// The routes of the application; nil when the server runs without an application. The inspector then is the home
    /// page.
    let application: Routes?
    let errors: ErrorPages
    let policy: OriginPolicy
    /// The origins whose pictures the pages may load.
    let imageOrigins: ImageOrigins

    /// - Throws: `ServerError` when the application has a route of the server.
    func router() throws(ServerError) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        let errors = errors
        router.add(middleware: HeadMiddleware())
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: CachingMiddleware())
        router.add(middleware: SecurityHeadersMiddleware(images: imageOrigins))
        router.add(middleware: CrossOriginMiddleware(policy: policy))
        router.add(
            middleware: ProblemMiddleware(page: { errors.page($0, for: $1) }, templateErrorPage: { errors.page($0) }))
        router.add(middleware: OriginCheckMiddleware(policy: policy))
        router.add(middleware: EncodedTextMiddleware())
        try routes().register(in: router)
        return router
    }

    private func routes() -> Routes {
        var routes = Routes()
        let (assets, health, transports) = (assets, health, transports)
        routes.add("/assets/**", [.get: { request, _ in try assets.show(request) }])
        routes.add("/healthz", [.get: { _, _ in health.health() }])
        routes.add("/readyz", [.get: { _, _ in try await health.ready() }])
        routes.add(
            "/transports",
            [
                .get: { request, _ in try transports.show(request) },
                .post: { request, _ in try await transports.append(request) },
            ])
        addEvents(to: &routes)
        addInspector(to: &routes)
        collections.add(to: &routes)
        if let application { routes.add(application) }
        return routes
    }

    private func addEvents(to routes: inout Routes) {
        let events = events
        routes.add(
            "/api/events",
            [
                .get: { request, context in try await events.list(request, context.client) },
                .post: { request, _ in try await events.append(request) },
            ])
        routes.add(
            "/api/events/{offset}",
            [.get: { request, context in try events.show(request, Offset(UInt64(try context.number("offset")))) }])
    }

    private func addInspector(to routes: inout Routes) {
        let (log, states) = (log, states)
        if application == nil { routes.add("/", [.get: { request, _ in try await log.list(request) }]) }
        routes.add("/log", [.get: { request, _ in try await log.list(request) }])
        routes.add("/log/overview", [.get: { request, _ in try await log.parts(request) }])
        routes.add(
            "/log/{offset}",
            [.get: { request, context in try await log.event(request, Offset(UInt64(try context.number("offset")))) }])
        routes.add("/api/log", [.get: { request, _ in try await log.overview(request) }])
        routes.add(
            "/api/state/{name}",
            [.get: { request, context in try await states.show(request, name: context.parameters.get("name") ?? "") }])
    }
}

/// The checks of a supervisor: `/healthz` (the process answers) and `/readyz` (events can be read and appended).
struct HealthRoutes {
    let log: EventLog

    /// Answers with the log's time, which decides deadlines; pages use it for their countdowns.
    func health() -> Response { .json(["status": "alive", "time": .string("\(log.now)")]) }

    /// Answers 200 when events can be read and appended. `secondsAhead` is how far the log's time is ahead of the
    /// clock.
    ///
    /// After a failed append this tries to write, at most once a second: a server that is not ready gets no requests
    /// whose appends could try.
    ///
    /// - Throws: `Problem` 503 with the reason, also when an append would be answered with another status.
    func ready() async throws(Problem) -> Response {
        do throws(AppendError) {
            try await log.probe()
        } catch {
            throw .unready(error.code.rawValue, error.message)
        }
        do throws(ReadError) {
            try log.checkReading()
        } catch {
            throw .unready("unreadable", "\(error)")
        }
        return .json([
            "status": "ready", "log": .string("\(log.id)"), "head": .number(JSONNumber(log.head.rawValue)),
            "durability": .string("\(log.durability)"),
            "secondsAhead": JSONNumber(log.timeAhead / .seconds(1)).map { JSONValue.number($0) } ?? .null,
        ])
    }
}

extension Problem {
    fileprivate static func unready(_ code: String, _ reason: String) -> Problem {
        var problem = Problem(.serviceUnavailable, code, reason)
        problem.headers[.retryAfter] = "1"
        return problem
    }
}
