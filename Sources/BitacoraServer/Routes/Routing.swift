import EventLog
import HTTPTypes
import Hummingbird
import WebSocket

/// The table of all routes.
struct Routing {
    typealias Context = ServerContext

    let products: ProductRoutes
    let messages: MessageRoutes
    let auctions: AuctionRoutes
    let auctionPages: AuctionPages
    let events: EventRoutes
    let pages: PageRoutes
    let forms: ProductFormRoutes
    let chat: ChatRoutes
    let log: LogRoutes
    let states: StateRoutes
    let transports: TransportRoutes
    let assets: Assets
    let health: HealthRoutes
    let policy: OriginPolicy
    /// The origins whose pictures the pages may load.
    let images: ImageOrigins

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        let pages = pages
        router.add(middleware: HeadMiddleware())
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: CachingMiddleware())
        router.add(middleware: SecurityHeadersMiddleware(images: images))
        router.add(middleware: CrossOriginMiddleware(policy: policy))
        router.add(middleware: ProblemMiddleware(page: { pages.show($0) }, templateErrorPage: { pages.show($0) }))
        router.add(middleware: OriginCheckMiddleware(policy: policy))
        addPages(to: router)
        addProducts(to: router)
        addAuctions(to: router)
        addAuctionPages(to: router)
        addEvents(to: router)
        addLog(to: router)
        addTransports(to: router)
        return router
    }

    private func addPages(to router: Router<Context>) {
        let (pages, forms, chat, assets, health) = (pages, forms, chat, assets, health)
        router.route("/", [.get: { request, _ in try await pages.home(request) }])
        router.route(
            "/realtimeproducts",
            [
                .get: { request, _ in try pages.show(.realTimeProducts, request) },
                .post: { request, _ in try await forms.create(request) },
            ])
        router.route(
            "/products/{id}",
            [
                .get: { request, context in try forms.edit(request, id: try context.number("id")) },
                .post: { request, context in try await forms.update(request, id: try context.number("id")) },
            ])
        router.route(
            "/products/{id}/delete",
            [.post: { request, context in try await forms.delete(request, id: try context.number("id")) }])
        router.route(
            "/chat",
            [
                .get: { request, _ in try await chat.show(request) },
                .post: { request, _ in try await chat.post(request) },
            ])
        router.route("/assets/**", [.get: { request, _ in try assets.show(request) }])
        router.route("/healthz", [.get: { _, _ in health.health() }])
        router.route("/readyz", [.get: { _, _ in try await health.ready() }])
    }

    private func addProducts(to router: Router<Context>) {
        let (products, messages) = (products, messages)
        router.route(
            "/api/products",
            [
                .get: { request, _ in try products.list(request) },
                .post: { request, _ in try await products.create(request) },
            ])
        router.route(
            "/api/products/{id}",
            [
                .get: { request, context in try products.show(request, id: try context.number("id")) },
                .put: { request, context in
                    try await products.update(request, id: try context.number("id"), replacing: true)
                },
                .patch: { request, context in
                    try await products.update(request, id: try context.number("id"), replacing: false)
                },
                .delete: { request, context in try await products.delete(request, id: try context.number("id")) },
            ])
        router.route(
            "/api/messages",
            [
                .get: { request, context in try await messages.list(request, context.client) },
                .post: { request, _ in try await messages.post(request) },
            ])
    }

    private func addAuctions(to router: Router<Context>) {
        let auctions = auctions
        router.route(
            "/api/auctions",
            [
                .get: { request, _ in try auctions.list(request) },
                .post: { request, _ in try await auctions.open(request) },
            ])
        router.route(
            "/api/auctions/{id}",
            [.get: { request, context in try auctions.show(request, id: try context.number("id")) }])
        router.route(
            "/api/auctions/{id}/bids",
            [.post: { request, context in try await auctions.bid(request, id: try context.number("id")) }])
        router.route(
            "/api/auctions/{id}/close",
            [.post: { request, context in try await auctions.close(request, id: try context.number("id")) }])
    }

    private func addAuctionPages(to router: Router<Context>) {
        let (pages, forms) = (auctionPages, AuctionFormRoutes(market: auctions.market, pages: auctionPages))
        router.route(
            "/auctions",
            [
                .get: { request, _ in try pages.list(request) },
                .post: { request, _ in try await forms.open(request) },
            ])
        router.route(
            "/auctions/{id}", [.get: { request, context in try pages.show(request, id: try context.number("id")) }])
        router.route(
            "/auctions/{id}/bids",
            [.post: { request, context in try await forms.bid(request, id: try context.number("id")) }])
    }

    private func addEvents(to router: Router<Context>) {
        let events = events
        router.route(
            "/api/events",
            [
                .get: { request, context in try await events.list(request, context.client) },
                .post: { request, _ in try await events.append(request) },
            ])
        router.route(
            "/api/events/{offset}",
            [.get: { request, context in try events.show(request, Offset(UInt64(try context.number("offset")))) }])
    }

    private func addLog(to router: Router<Context>) {
        let (log, states) = (log, states)
        router.route("/log", [.get: { request, _ in try await log.list(request) }])
        router.route("/log/overview", [.get: { request, _ in try await log.parts(request) }])
        router.route(
            "/log/{offset}",
            [.get: { request, context in try await log.event(request, Offset(UInt64(try context.number("offset")))) }])
        router.route("/api/log", [.get: { request, _ in try await log.overview(request) }])
        router.route(
            "/api/state/{name}",
            [.get: { request, context in try await states.show(request, name: context.parameters.get("name") ?? "") }])
    }

    private func addTransports(to router: Router<Context>) {
        let transports = transports
        router.route(
            "/transports",
            [
                .get: { request, _ in try transports.show(request) },
                .post: { request, _ in try await transports.append(request) },
            ])
    }
}

extension Router {
    typealias Endpoint = @Sendable (Request, Context) async throws -> Response

    /// Adds the endpoints of a path; HEAD has the endpoint of GET, and the other methods are answered 405.
    fileprivate func route(_ path: RouterPath, _ endpoints: [HTTPRequest.Method: Endpoint]) {
        var endpoints = endpoints
        endpoints[.head] = endpoints[.get]
        for (method, endpoint) in endpoints { on(path, method: method, use: endpoint) }
        let allowed = endpoints.keys.map(\.rawValue).sorted().joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options]
        where endpoints[method] == nil {
            on(path, method: method) { _, _ -> Response in
                var problem = Problem(.methodNotAllowed, "method-not-allowed", "this address takes \(allowed)")
                problem.headers[.allow] = allowed
                throw problem
            }
        }
    }
}

extension RequestContext {
    /// A parameter of the path that must be a positive whole number.
    ///
    /// - Parameter name: `id` or `offset`, as in the path.
    /// - Throws: `not-found` for anything else; the detail says which numbers are valid.
    func number(_ name: String) throws(Problem) -> Int {
        guard let text = parameters.get(name) else { throw .notFound }
        guard let value = Offset(text), let number = Int(exactly: value.rawValue), number > 0 else {
            throw Problem(
                .notFound, "not-found",
                "'\(text.prefix(64))' is not an \(name); \(name)s are whole numbers from 1 to \(Int.max)")
        }
        return number
    }
}
