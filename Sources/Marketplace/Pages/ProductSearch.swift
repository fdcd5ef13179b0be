import BitacoraServer
import EventLog
import HTTPTypes

/// A search of the home page: the fields of its form, which are also the query of its address.
struct ProductSearch: Sendable {
    /// The names of the fields.
    static let fields = ["q", "category", "sort", "at"]
    /// The longest value of a field, in bytes. Every category is shorter.
    static let maximumBytes = 256
    /// The number of products on a page.
    static let pageSize = 100

    /// The words in lower case. A product matches if each word is in its title, description, code or category.
    private let words: [[UInt8]]
    private let category: String?
    private let order: ProductOrder
    private let page: Int
    /// The text of each field of the form that is not empty.
    let typed: [String: String]

    /// A search that finds every product.
    init() { (words, category, order, page, typed) = ([], nil, .oldest, 1, [:]) }

    /// Reads the query of an address.
    ///
    /// - Throws: `Problem` 400 `invalid` with the field.
    init(_ query: Query) throws(Problem) {
        typed = Self.typed(query)
        for (name, text) in typed.sorted(by: { $0.key < $1.key }) where text.utf8.count > Self.maximumBytes {
            throw .invalid(name, "\(name) must be at most \(Self.maximumBytes) bytes long, not \(text.utf8.count)")
        }
        words = (typed["q"] ?? "").split(whereSeparator: \.isWhitespace).map { Array($0.lowercased().utf8) }
        category = typed["category"]
        let sort = typed["sort"] ?? ProductOrder.oldest.rawValue
        guard let order = ProductOrder(rawValue: sort) else {
            throw .invalid(
                "sort",
                "sort must be one of \(ProductOrder.allCases.map(\.rawValue).joined(separator: ", ")), not '\(sort)'")
        }
        self.order = order
        let number = query["page"] ?? "1"
        guard let page = Offset(number).flatMap({ Int(exactly: $0.rawValue) }), page > 0 else {
            throw .invalid("page", "page must be a whole number, 1 or more, not '\(number.prefix(64))'")
        }
        self.page = page
    }

    /// The text of each field that is not empty, not checked: a refused form is shown with it again.
    static func typed(_ query: Query) -> [String: String] {
        // Browsers send empty fields too.
        fields.reduce(into: [:]) { typed, name in
            if let text = query[name], !text.isEmpty { typed[name] = text }
        }
    }

    /// Whether the search has words or a category, so that it may exclude products.
    var isNarrowed: Bool { !words.isEmpty || category != nil }

    /// Finds products in a state.
    ///
    /// Cost: a scan of all products and two sorts.
    ///
    /// - Throws: `not-found` for a page beyond the last.
    func find(in state: MarketplaceState) throws(Problem) -> Found {
        var products = state.productsInOrder
        if isNarrowed { products.removeAll { !matches($0) } }
        order.sort(&products)
        let pageCount = max(1, (products.count + Self.pageSize - 1) / Self.pageSize)
        guard page <= pageCount else {
            throw Problem(.notFound, "not-found", "there is no page \(page); the last is \(pageCount)", field: "page")
        }
        let first = (page - 1) * Self.pageSize
        return Found(
            products: Array(products[first...].prefix(Self.pageSize)), first: first + 1, count: products.count,
            page: page, pageCount: pageCount)
    }

    /// One page of the products that were found.
    struct Found: Sendable {
        let products: [Product]
        /// The number of the page's first product among all that were found, from 1.
        let first: Int
        /// The number of products on all pages.
        let count: Int
        let page: Int
        let pageCount: Int
    }

    private func matches(_ product: Product) -> Bool {
        if let category, product.category != category { return false }
        guard !words.isEmpty else { return true }
        let texts = [product.title, product.description, product.code, product.category].map {
            Array($0.lowercased().utf8)
        }
        return words.allSatisfy { word in texts.contains { $0.contains(bytes: word) } }
    }

    /// The address of the same search for another page or state.
    ///
    /// - Parameter at: the value of `at`; nil for the newest state.
    func address(page: Int = 1, at: String?) -> String {
        var pairs = Self.fields.compactMap { name in
            (name == "at" ? at : typed[name]).map { (name, $0) }
        }
        if page > 1 { pairs.append(("page", "\(page)")) }
        return "/" + Query.text(pairs)
    }
}

extension [UInt8] {
    fileprivate func contains(bytes other: [UInt8]) -> Bool {
        guard count >= other.count else { return false }
        return (0...(count - other.count)).contains { start in
            self[start..<(start + other.count)].elementsEqual(other)
        }
    }
}

/// How the home page sorts its products. The raw value is that of the parameter `sort`.
enum ProductOrder: String, CaseIterable, Sendable {
    case oldest = "entered"
    case newest, changed, title, cheapest, dearest

    /// The text of the order in the form.
    var label: String {
        switch self {
        case .oldest: "Oldest first"
        case .newest: "Newest first"
        case .changed: "Last changed first"
        case .title: "By title"
        case .cheapest: "Cheapest first"
        case .dearest: "Dearest first"
        }
    }

    /// Sorts products that are in the order of their ids.
    ///
    /// Equal products stay in the order of their ids, so that no product is on two pages.
    func sort(_ products: inout [Product]) {
        switch self {
        case .oldest: break
        case .newest: products.reverse()
        case .changed: products.sort { $0.version > $1.version }
        case .title: products = Self.sorted(products) { $0.title.lowercased() }
        case .cheapest: products.sort { ($0.price, $0.id) < ($1.price, $1.id) }
        case .dearest: products.sort { ($1.price, $0.id) < ($0.price, $1.id) }
        }
    }

    /// Sorts by a key that is computed once for each product.
    private static func sorted(_ products: [Product], by key: (Product) -> String) -> [Product] {
        products.map { (key: key($0), product: $0) }.sorted { ($0.key, $0.product.id) < ($1.key, $1.product.id) }.map(
            \.product)
    }
}
