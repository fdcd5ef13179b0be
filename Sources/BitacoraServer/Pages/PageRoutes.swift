import EventLog
import Handlebars
import HTTPTypes
import Hummingbird
import Marketplace
import NIOCore
import Synchronization

/// The pages, rendered from the newest snapshot of the projection.
final class PageRoutes: Sendable {
    enum Page: String, Hashable, Sendable, CaseIterable {
        case home
        case realTimeProducts
    }

    /// The view of a product that is edited.
    private static let editorView = "editProduct"
    /// The view of what goes wrong.
    private static let errorView = "error"

    /// All views that are shown.
    static var views: [String] { Page.allCases.map(\.rawValue) + [editorView, errorView] }

    /// A page as it was rendered at an offset.
    private struct Rendered {
        let offset: Offset
        let page: RenderedPage
    }

    private let market: Market
    private let history: StateHistory<MarketplaceState>
    private let gate: WorkGate
    private let views: ViewEngine
    private let images: ImageOrigins
    /// The values of a product for the templates.
    private let row: ObjectShape<Product>
    private let isDevelopment: Bool
    /// One of each page: the next commit makes it stale. Nothing in development, where the views may change.
    private let cache = Mutex<[Page: Rendered]>([:])

    /// - Parameters:
    ///   - history: where the home page has states of the past from, folded through `gate`.
    ///   - images: which pictures of products are shown.
    init(
        market: Market, history: StateHistory<MarketplaceState>, gate: WorkGate, views: ViewEngine,
        images: ImageOrigins,
        isDevelopment: Bool = false
    ) {
        self.market = market
        self.history = history
        self.gate = gate
        self.views = views
        self.images = images
        row = PageContext.row(images)
        self.isDevelopment = isDevelopment
    }

    /// The home page as the fields of its form ask for it; without any, the one that is kept rendered.
    ///
    /// A field that cannot be understood or answered is told beside the form, with status 400 or 404; no product is
    /// listed then. A moment of the past costs a fold, which may be told to come again (503).
    func home(_ request: Request) async throws -> Response {
        guard let text = request.uri.query, !text.isEmpty else { return try show(.home, request) }
        let newest = market.projector.value
        var home = HomePage(
            log: market.log, offset: newest.offset, state: newest.state, written: ProductSearch.written(request.query),
            found: nil)
        do {
            let search = try ProductSearch(request.query)
            let (offset, state) = try await moment(search.written["at"], newest)
            home = HomePage(
                log: home.log, offset: offset, state: state, written: home.written,
                found: (search, try search.find(in: state)))
        } catch let problem as Problem where [.badRequest, .notFound].contains(problem.status) {
            home.problem = problem
        }
        return .page(try render(home), request, status: home.problem?.status ?? .ok)
    }

    /// The state that `at` asks for, an offset or a time; the newest when it asks for none.
    private func moment(
        _ at: String?, _ newest: Projector<MarketplaceState>.Value
    ) async throws -> (Offset, MarketplaceState) {
        guard let at else { return (newest.offset, newest.state) }
        let offset = try StateOffset.parse(at, field: "at", in: market.log, head: newest.offset)
        do {
            return (offset, try await gate.run { [history] in try history.state(at: offset) })
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    private func render(_ home: HomePage) throws -> [UInt8] {
        let value: Value
        do throws(ReadError) {
            value = try home.value(row)
        } catch {
            throw Problem(error)
        }
        return try views.render(Page.home.rawValue, value)
    }

    /// The list with the form as it was filled in, for who has no script; `form` says what is wrong with it.
    func showList(_ form: ProductForm, _ request: Request) throws -> Response {
        let bytes = try views.render(Page.realTimeProducts.rawValue, try context(market.projector.value, form))
        return .page(bytes, request, status: form.problem?.status ?? .ok)
    }

    /// The page on which a product is edited and deleted.
    func showEditor(of product: Product, _ form: ProductForm, _ request: Request) throws -> Response {
        let offset = market.projector.value.offset
        let data: Value = [
            "title": "Edit a product", "sheet": "desk", "isRealtime": true, "offset": Value(offset.rawValue),
            "logId": .string("\(market.log.id)"), "id": Value(product.id), "name": .string(product.title),
            "form": form.value,
        ]
        return .page(try views.render(Self.editorView, data), request, status: form.problem?.status ?? .ok)
    }

    func show(_ page: Page, _ request: Request) throws -> Response {
        try rendered(page).page.response(to: request)
    }

    /// The error page, or nil when the views have none that renders.
    func show(_ problem: Problem) -> Response? {
        let data: Value = [
            "title": Value(problem.status.reasonPhrase), "status": Value(problem.status.code),
            "detail": Value(problem.detail),
        ]
        let bytes: [UInt8]
        do {
            bytes = try views.render(Self.errorView, data)
        } catch {
            // While views are being written there may be none.
            return error.code == .file ? nil : show(error)
        }
        var response = Response(
            status: problem.status, headers: problem.headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = "text/html; charset=utf-8"
        return response
    }

    /// The page that shows what is wrong with a template; nil outside of development.
    func show(_ error: TemplateError) -> Response? {
        isDevelopment ? TemplateErrorPage.response(error) : nil
    }

    private func rendered(_ page: Page) throws -> Rendered {
        let value = market.projector.value
        if let rendered = cache.withLock({ $0[page] }), rendered.offset == value.offset { return rendered }
        let rendered = Rendered(offset: value.offset, page: RenderedPage(try render(page, value)))
        guard !isDevelopment else { return rendered }
        cache.withLock { cache in
            // Another request may have rendered a newer one meanwhile.
            if cache[page].map({ $0.offset < rendered.offset }) ?? true { cache[page] = rendered }
        }
        return rendered
    }

    private func render(_ page: Page, _ value: Projector<MarketplaceState>.Value) throws -> [UInt8] {
        switch page {
        case .home:
            let search = ProductSearch()
            let found = try search.find(in: value.state)
            return try render(
                HomePage(
                    log: market.log, offset: value.offset, state: value.state, written: [:], found: (search, found)))
        case .realTimeProducts:
            return try views.render(page.rawValue, try context(value, ProductForm()))
        }
    }

    private func context(_ value: Projector<MarketplaceState>.Value, _ form: ProductForm) throws -> Value {
        let products = value.state.productsInOrder
        return try Value(
            encoding: PageContext(
                title: "Real-time products", offset: value.offset.rawValue, logId: "\(market.log.id)",
                position: "\(Position(log: market.log.id, offset: value.offset))", productCount: products.count,
                products: .list(products, row), form: form.value, imageOrigins: images.list))
    }
}
