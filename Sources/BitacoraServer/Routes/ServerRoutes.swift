import EventLog
import HTTPTypes
public import Hummingbird
import JSON
import WebSocket

/// The routes of the server, with those of its application, behind the middleware of all.
struct ServerRoutes {
    let events: EventRoutes
    let log: LogRoutes
    let states: StateRoutes
    let transports: TransportRoutes
    let assets: Assets
    let health: HealthRoutes
    /// The routes of the application; nil when the server runs without one, so that the inspector is the home page.
    let application: Routes?
    let errors: ErrorPages
    let policy: OriginPolicy
    /// The origins whose pictures the pages may load.
    let images: ImageOrigins

    /// - Throws: `ServerError` when the application has a route of the server.
    func router() throws(ServerError) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        let errors = errors
        router.add(middleware: HeadMiddleware())
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: CachingMiddleware())
        router.add(middleware: SecurityHeadersMiddleware(images: images))
        router.add(middleware: CrossOriginMiddleware(policy: policy))
        router.add(middleware: ProblemMiddleware(page: { errors.page($0) }, templateErrorPage: { errors.page($0) }))
        router.add(middleware: OriginCheckMiddleware(policy: policy))
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

extension RequestContext {
    /// A parameter of the path that must be a positive whole number.
    ///
    /// - Parameter name: the name of the parameter, such as `id` in `/orders/{id}`.
    /// - Throws: `Problem` 404 for anything else; the detail says which numbers are valid.
    public func number(_ name: String) throws(Problem) -> Int {
        guard let text = parameters.get(name) else { throw .notFound }
        guard let value = Offset(text), let number = Int(exactly: value.rawValue), number > 0 else {
            throw Problem(
                .notFound, "not-found",
                "'\(text.prefix(64))' is not an \(name); \(name)s are whole numbers from 1 to \(Int.max)")
        }
        return number
    }
}

/// What a supervisor asks: `/healthz` (the process answers) and `/readyz` (the log can be read and takes events).
struct HealthRoutes {
    let log: EventLog

    /// Answers with the log's time, which decides deadlines: pages set their countdowns by it.
    func health() -> Response { .json(["status": "alive", "time": .string("\(log.now)")]) }

    /// Answers 200 if the log can be read and takes events. `secondsAhead` is how far its time is ahead of the clock.
    ///
    /// After a failed append this tries to write, at most once a second: a server that is not ready gets no requests whose
    /// appends could try.
    ///
    /// - Throws: 503 with the reason, also where an append would be answered with another status.
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
