import BitacoraServer
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON
import Synchronization

/// The pages, rendered from the newest snapshot of the projection.
final class ProductPages: Sendable {
    enum Page: String, Hashable, Sendable, CaseIterable {
        case home
        case realTimeProducts
    }

    /// The view of a product that is edited.
    private static let editorView = "editProduct"

    /// All views that are shown.
    static var views: [String] { Page.allCases.map(\.rawValue) + [editorView] }

    /// A page as it was rendered at an offset.
    private struct Rendered {
        let offset: Offset
        let page: RenderedPage
    }

    private let server: Server
    /// The values of a product for the templates.
    private let row: ObjectShape<Product>
    /// One of each page: the next commit makes it stale. Nothing in development, where the views may change.
    private let cache = Mutex<[Page: Rendered]>([:])

    init(_ server: Server) {
        self.server = server
        row = PageContext.row(server.imageOrigins)
    }

    /// The home page as the fields of its form ask for it; without any, the one that is kept rendered.
    ///
    /// A field that cannot be understood or answered is told beside the form, with status 400 or 404; no product is
    /// listed then. A moment of the past costs a fold, which may be told to come again (503).
    func home(_ request: Request) async throws -> Response {
        guard let text = request.uri.query, !text.isEmpty else { return try show(.home, request) }
        let newest = server.current
        var home = HomePage(
            log: server.log, offset: newest.offset, state: newest.state, written: ProductSearch.written(request.query),
            found: nil)
        do {
            let search = try ProductSearch(request.query)
            let (offset, state) = try await stateAsked(search.written["at"], newest)
            home = HomePage(
                log: home.log, offset: offset, state: state, written: home.written,
                found: (search, try search.find(in: state)))
        } catch let problem as Problem where [.badRequest, .notFound].contains(problem.status) {
            home.problem = problem
        }
        return .page(try render(home), request, status: home.problem?.status ?? .ok)
    }

    /// The state that `at` asks for, an offset or a time; the newest when it asks for none.
    private func stateAsked(
        _ at: String?, _ newest: Projector<MarketplaceProjection>.Value
    ) async throws -> (Offset, MarketplaceState) {
        guard let at else { return (newest.offset, newest.state) }
        let offset = try server.offset(at, field: "at")
        return (offset, try await server.state(at: offset))
    }

    private func render(_ home: HomePage) throws -> [UInt8] {
        let value: Value
        do throws(ReadError) {
            value = try home.value(row)
        } catch {
            throw Problem(error)
        }
        return try server.views.render(Page.home.rawValue, value)
    }

    /// The list with the form as it was filled in, for who has no script; `form` says what is wrong with it.
    func showList(_ form: ProductForm, _ request: Request) throws -> Response {
        let bytes = try server.views.render(Page.realTimeProducts.rawValue, try context(server.current, form))
        return .page(bytes, request, status: form.problem?.status ?? .ok)
    }

    /// The page on which a product is edited and deleted.
    func showEditor(of product: Product, _ form: ProductForm, _ request: Request) throws -> Response {
        let offset = server.current.offset
        let data: Value = [
            "title": "Edit a product", "sheet": "forms", "isRealtime": true, "offset": Value(offset.rawValue),
            "logId": .string("\(server.log.id)"), "id": Value(product.id), "name": .string(product.title),
            "form": form.value,
        ]
        return .page(try server.views.render(Self.editorView, data), request, status: form.problem?.status ?? .ok)
    }

    func show(_ page: Page, _ request: Request) throws -> Response {
        try rendered(page).page.response(to: request)
    }

    private func rendered(_ page: Page) throws -> Rendered {
        let value = server.current
        if let rendered = cache.withLock({ $0[page] }), rendered.offset == value.offset { return rendered }
        let rendered = Rendered(offset: value.offset, page: RenderedPage(try render(page, value)))
        guard !server.isDevelopment else { return rendered }
        cache.withLock { cache in
            // Another request may have rendered a newer one meanwhile.
            if cache[page].map({ $0.offset < rendered.offset }) ?? true { cache[page] = rendered }
        }
        return rendered
    }

    private func render(_ page: Page, _ value: Projector<MarketplaceProjection>.Value) throws -> [UInt8] {
        switch page {
        case .home:
            let search = ProductSearch()
            let found = try search.find(in: value.state)
            return try render(
                HomePage(
                    log: server.log, offset: value.offset, state: value.state, written: [:], found: (search, found)))
        case .realTimeProducts:
            return try server.views.render(page.rawValue, try context(value, ProductForm()))
        }
    }

    private func context(_ value: Projector<MarketplaceProjection>.Value, _ form: ProductForm) throws -> Value {
        let products = value.state.productsInOrder
        return try Value(
            encoding: PageContext(
                title: "Real-time products", offset: value.offset.rawValue, logId: "\(server.log.id)",
                position: "\(Position(log: server.log.id, offset: value.offset))", productCount: products.count,
                products: .list(products, row), form: form.value, imageOrigins: server.imageOrigins.list))
    }
}

/// What the template of the real-time page can name, beside the products' own fields.
struct PageContext: Encodable {
    let title: String
    let isHome = false
    let isRealtime = true
    /// The page's own style sheet, beside the one of all pages.
    let sheet = "forms"
    /// What the page shows is the state after the event at this offset.
    let offset: UInt64
    let logId: String
    let position: String
    let productCount: Int
    /// A list: a product becomes an object when the page comes to it, and is gone when the page is past it.
    let products: Value
    /// The form for a new product.
    let form: Value
    /// The form for a product that is on the list, which the page's script clones.
    var editor = ProductForm().value
    /// A product with nothing in it, for the row that the page's script clones.
    var blank = Self.blankProduct
    /// The origins whose pictures the page's script may show.
    let imageOrigins: String
    /// The address of the placeholder that the script shows for all other pictures.
    var elsewhere = ImageOrigins.placeholder

    private static let blankProduct: Value = {
        var object = row(ImageOrigins()).names.reduce(into: Object()) { $0[$1] = "" }
        object["thumbnails"] = []
        object["picture"] = .string(ImageOrigins.noPicture)
        return .object(object)
    }()

    /// A product as the templates see it.
    ///
    /// - Parameter images: which of its pictures are shown.
    static func row(_ images: ImageOrigins) -> ObjectShape<Product> {
        [
            "id": { Value($0.id) },
            "title": { .string($0.title) },
            "description": { .string($0.description) },
            "code": { .string($0.code) },
            "price": { Self.price($0.price) },
            "status": { .bool($0.status) },
            "stock": { Value($0.stock) },
            "category": { .string($0.category) },
            "thumbnails": { .list($0.thumbnails) { .string($0) } },
            "picture": { images.first(of: $0).picture },
            "elsewhere": { images.first(of: $0).elsewhere },
            "version": { Value($0.version) },
        ]
    }

    /// The number nearest to the price, which prints as the price does: one division of exact numbers is that near.
    private static func price(_ price: Price) -> Value {
        .number(Double(exactly: price.tenThousandths).map { $0 / 10_000 } ?? price.number.double)
    }
}

extension ImageOrigins {
    /// The address of the placeholder for a picture that is not shown.
    static let placeholder = "/assets/thumbs/elsewhere.svg"
    /// The address of the placeholder for a product without a picture.
    static let noPicture = "/assets/thumbs/none.svg"

    /// A product's first picture for the templates.
    ///
    /// - Returns: `picture`, the address of the picture or placeholder that is shown; `elsewhere`, the address of the
    ///   picture if it is not shown, else null.
    func first(of product: Product?) -> (picture: Value, elsewhere: Value) {
        guard let address = product?.thumbnails.first else { return (.string(Self.noPicture), .null) }
        return allows(address) ? (.string(address), .null) : (.string(Self.placeholder), .string(address))
    }
}
