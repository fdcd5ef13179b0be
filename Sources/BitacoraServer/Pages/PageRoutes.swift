import Crypto
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

        var title: String {
            switch self {
            case .home: "Products"
            case .realTimeProducts: "Real-time products"
            }
        }
    }

    /// The view of what goes wrong.
    private static let errorView = "error"

    /// All views that are shown.
    static var views: [String] { Page.allCases.map(\.rawValue) + [errorView] }

    /// A page as it was rendered at an offset.
    private struct Rendered {
        let offset: Offset
        let bytes: ByteBuffer
        let tag: String
    }

    private let market: Market
    private let views: ViewEngine
    private let isDevelopment: Bool
    /// One of each page: the next commit makes it stale. Nothing in development, where the views may change.
    private let cache = Mutex<[Page: Rendered]>([:])

    init(market: Market, views: ViewEngine, isDevelopment: Bool = false) {
        self.market = market
        self.views = views
        self.isDevelopment = isDevelopment
    }

    func show(_ page: Page, _ request: Request) throws -> Response {
        let rendered = try rendered(page)
        let headers: HTTPFields = [.eTag: rendered.tag, .cacheControl: "no-cache"]
        if EntityTags.matches(request.headers[.ifNoneMatch], rendered.tag) {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: rendered.bytes))
        response.headers[.contentType] = "text/html; charset=utf-8"
        return response
    }

    /// The error page, or nil when the views have none that renders.
    func show(_ problem: Problem) -> Response? {
        let data: Value = [
            "title": Value(problem.status.reasonPhrase), "status": Value(problem.status.code), "detail": Value(problem.detail),
        ]
        let bytes: [UInt8]
        do {
            bytes = try views.render(Self.errorView, data)
        } catch {
            // While views are being written there may be none.
            return error.code == .file ? nil : show(error)
        }
        var response = Response(status: problem.status, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers = problem.headers
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
        let bytes = try views.render(page.rawValue, try context(page, value))
        let tag = EntityTags.strong(SHA256.hash(data: bytes).prefix(12).map { String($0, radix: 16) }.joined())
        let rendered = Rendered(offset: value.offset, bytes: ByteBuffer(bytes: bytes), tag: tag)
        guard !isDevelopment else { return rendered }
        cache.withLock { cache in
            // Another request may have rendered a newer one meanwhile.
            if cache[page].map({ $0.offset < rendered.offset }) ?? true { cache[page] = rendered }
        }
        return rendered
    }

    private func context(_ page: Page, _ value: Projector<MarketplaceState>.Value) throws -> Value {
        let products = value.state.productsInOrder
        return try Value(
            encoding: PageContext(
                title: page.title, isHome: page == .home, isRealtime: page == .realTimeProducts,
                offset: value.offset.rawValue, logId: "\(market.log.id)",
                position: "\(Position(log: market.log.id, offset: value.offset))", productCount: products.count,
                products: .list(products, PageContext.row)))
    }
}
