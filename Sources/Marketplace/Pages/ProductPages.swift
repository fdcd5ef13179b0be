import BitacoraServer
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON
import Synchronization

/// The home page, the real-time page and the editing page, rendered from the newest state.
final class ProductPages: Sendable {
    /// The pages that are kept rendered. The raw value is the name of the view.
    enum View: String, Hashable, Sendable, CaseIterable {
        case home
        case realTimeProducts
    }

    /// The view of the editing page.
    private static let editorView = "editProduct"

    /// The views that the pages need.
    static var views: [String] { View.allCases.map(\.rawValue) + [editorView] }

    /// A page and the offset of the state that it shows.
    private struct Rendered {
        let offset: Offset
        let page: RenderedPage
    }

    private let server: Server
    /// The values of a product for the templates.
    private let row: ObjectShape<Product>
    /// The newest rendering of each page, which is valid until the next commit. Empty in development, where the views
    /// may change.
    private let cache = Mutex<[View: Rendered]>([:])

    init(_ server: Server) {
        self.server = server
        row = RealTimePage.row(server.imageOrigins)
    }

    /// Shows the home page for the fields of its form; without fields, the page that is kept rendered.
    ///
    /// A field that is invalid or cannot be answered is reported in the form, with status 400 or 404, and no product is
    /// listed. An earlier state requires a fold of the log, which is refused with 503 when too many folds wait.
    func home(_ request: Request) async throws -> Response {
        guard let text = request.uri.query, !text.isEmpty else { return try show(.home, request) }
        let newest = server.current
        var home = HomePage(
            log: server.log, offset: newest.offset, state: newest.state, typed: ProductSearch.typed(request.query),
            found: nil)
        do {
            let search = try ProductSearch(request.query)
            let (offset, state) = try await requestedState(search.typed["at"], newest)
            home = HomePage(
                log: home.log, offset: offset, state: state, typed: home.typed,
                found: (search, try search.find(in: state)))
        } catch let problem as Problem where [.badRequest, .notFound].contains(problem.status) {
            home.problem = problem
        }
        return .page(try render(home), request, status: home.problem?.status ?? .ok)
    }

    /// The state at `at`, an offset or a time; the newest state when `at` is nil.
    private func requestedState(
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
        return try server.views.render(View.home.rawValue, value)
    }

    /// Shows the real-time page with a refused form, for browsers without JavaScript.
    func showList(_ form: ProductForm, _ request: Request) throws -> Response {
        let bytes = try server.views.render(View.realTimeProducts.rawValue, try context(server.current, form))
        return .page(bytes, request, status: form.problem?.status ?? .ok)
    }

    /// Shows the page on which a product is edited and deleted.
    func showEditor(of product: Product, _ form: ProductForm, _ request: Request) throws -> Response {
        let offset = server.current.offset
        let data: Value = [
            "title": "Edit a product", "sheet": "forms", "isRealtime": true, "offset": Value(offset.rawValue),
            "logId": .string("\(server.log.id)"), "id": Value(product.id), "name": .string(product.title),
            "form": form.value,
        ]
        return .page(try server.views.render(Self.editorView, data), request, status: form.problem?.status ?? .ok)
    }

    /// Shows a page, from the cache if possible.
    func show(_ page: View, _ request: Request) throws -> Response {
        try rendered(page).page.response(to: request)
    }

    private func rendered(_ page: View) throws -> Rendered {
        let value = server.current
        if let rendered = cache.withLock({ $0[page] }), rendered.offset == value.offset { return rendered }
        let rendered = Rendered(offset: value.offset, page: RenderedPage(try render(page, value)))
        guard !server.isDevelopment else { return rendered }
        cache.withLock { cache in
            // Another request may have rendered a newer page at the same time.
            if cache[page].map({ $0.offset < rendered.offset }) ?? true { cache[page] = rendered }
        }
        return rendered
    }

    private func render(_ page: View, _ value: Projector<MarketplaceProjection>.Value) throws -> [UInt8] {
        switch page {
        case .home:
            let search = ProductSearch()
            let found = try search.find(in: value.state)
            return try render(
                HomePage(
                    log: server.log, offset: value.offset, state: value.state, typed: [:], found: (search, found)))
        case .realTimeProducts:
            return try server.views.render(page.rawValue, try context(value, ProductForm()))
        }
    }

    private func context(_ value: Projector<MarketplaceProjection>.Value, _ form: ProductForm) throws -> Value {
        let products = value.state.productsInOrder
        return try Value(
            encoding: RealTimePage(
                title: "Real-time products", offset: value.offset.rawValue, logId: "\(server.log.id)",
                position: "\(Position(log: server.log.id, offset: value.offset))", productCount: products.count,
                products: .list(products, row), form: form.value, imageOrigins: server.imageOrigins.list))
    }
}

/// The values of the real-time page.
struct RealTimePage: Encodable {
    let title: String
    let isHome = false
    let isRealtime = true
    /// The page's own style sheet, in addition to the one of all pages.
    let sheet = "forms"
    /// The offset of the state that the page shows.
    let offset: UInt64
    let logId: String
    let position: String
    let productCount: Int
    /// A lazy list: the values of a product are made when the template reaches the product, and are not kept.
    let products: Value
    /// The form for a new product.
    let form: Value
    /// The form for changing a product, which the script of the page clones.
    var editor = ProductForm().value
    /// An empty product, for the row that the script of the page clones.
    var blank = Self.blankProduct
    /// The origins whose pictures the script of the page may show.
    let imageOrigins: String
    /// The address of the placeholder that the script shows for all other pictures.
    var elsewhere = ImageOrigins.placeholder

    private static let blankProduct: Value = {
        var object = row(ImageOrigins()).names.reduce(into: Object()) { $0[$1] = "" }
        object["thumbnails"] = []
        object["picture"] = .string(ImageOrigins.noPicture)
        return .object(object)
    }()

    /// The values of a product for the templates.
    ///
    /// - Parameter images: the origins whose pictures are shown.
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

    /// The `Double` nearest to the price, which prints as the price: the quotient of two exact numbers is correctly
    /// rounded.
    private static func price(_ price: Price) -> Value {
        .number(Double(exactly: price.tenThousandths).map { $0 / 10_000 } ?? price.number.double)
    }
}

extension ImageOrigins {
    /// The address of the placeholder for a picture that is not shown.
    static let placeholder = "/assets/thumbs/elsewhere.svg"
    /// The address of the placeholder for a product without a picture.
    static let noPicture = "/assets/thumbs/none.svg"

    /// The first picture of a product, for the templates.
    ///
    /// - Returns: `picture`, the address of the picture or placeholder that is shown; `elsewhere`, the address of the
    ///   picture if it is not shown, otherwise null.
    func first(of product: Product?) -> (picture: Value, elsewhere: Value) {
        guard let address = product?.thumbnails.first else { return (.string(Self.noPicture), .null) }
        return allows(address) ? (.string(address), .null) : (.string(Self.placeholder), .string(address))
    }
}
