import BitacoraServer
import EventLog
import HTTPTypes

/// Which products a visitor of the home page asked for: the fields of its form, which are also its address.
struct ProductSearch: Sendable {
    static let fields = ["q", "category", "sort", "at"]
    /// The longest value of a field, in bytes: every category fits.
    static let maximumBytes = 256
    /// How many products a page shows.
    static let pageSize = 100

    /// Each must be in the title, the description, the code or the category, in upper or lower case.
    private let words: [[UInt8]]
    private let category: String?
    private let order: ProductOrder
    private let page: Int
    /// What was written into the form, by field, without empty ones.
    let written: [String: String]

    /// Everything, from the first page.
    init() { (words, category, order, page, written) = ([], nil, .entered, 1, [:]) }

    /// - Throws: `.invalid` with the field at fault and how to mend it.
    init(_ query: Query) throws(Problem) {
        written = Self.written(query)
        for (name, text) in written.sorted(by: { $0.key < $1.key }) where text.utf8.count > Self.maximumBytes {
            throw .invalid(name, "\(name) is \(text.utf8.count) bytes long; the limit is \(Self.maximumBytes)")
        }
        words = (written["q"] ?? "").split(whereSeparator: \.isWhitespace).map { Array($0.lowercased().utf8) }
        category = written["category"]
        let sort = written["sort"] ?? ProductOrder.entered.rawValue
        guard let order = ProductOrder(rawValue: sort) else {
            throw .invalid(
                "sort",
                "'\(sort)' is no order; there are \(ProductOrder.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.order = order
        let number = query["page"] ?? "1"
        guard let page = Offset(number).flatMap({ Int(exactly: $0.rawValue) }), page > 0 else {
            throw .invalid("page", "'\(number.prefix(Self.maximumBytes))' is not a page: 1, 2, 3 …")
        }
        self.page = page
    }

    /// What was written, before anything of it is checked: the form is shown with it again.
    static func written(_ query: Query) -> [String: String] {
        // A form sends its empty fields too.
        fields.reduce(into: [:]) { written, name in
            if let text = query[name], !text.isEmpty { written[name] = text }
        }
    }

    /// Whether products are left out for what they are.
    var isNarrowed: Bool { !words.isEmpty || category != nil }

    /// The products of a state that were asked for.
    ///
    /// Costs a look at every product, and two sorts.
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

    /// A page of what was found.
    struct Found: Sendable {
        let products: [Product]
        /// The place of the first of them among all, from 1.
        let first: Int
        /// Of all.
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

    /// The address of the same products on another page, or at another moment: nil for the newest.
    func address(page: Int = 1, at moment: String?) -> String {
        var pairs = Self.fields.compactMap { name in
            (name == "at" ? moment : written[name]).map { (name, $0) }
        }
        if page > 1 { pairs.append(("page", "\(page)")) }
        return "/" + Query.text(pairs)
    }
}

extension [UInt8] {
    fileprivate func contains(bytes other: [UInt8]) -> Bool {
        guard count >= other.count else { return false }
        return (0...(count - other.count)).contains { start in self[start..<(start + other.count)].elementsEqual(other)
        }
    }
}

/// How the home page sorts its products.
enum ProductOrder: String, CaseIterable, Sendable {
    case entered, newest, changed, title, cheapest, dearest

    /// For people, who choose it from a list.
    var label: String {
        switch self {
        case .entered: "As entered"
        case .newest: "Newest first"
        case .changed: "Last changed first"
        case .title: "By title"
        case .cheapest: "Cheapest first"
        case .dearest: "Dearest first"
        }
    }

    /// Sorts products that are in the order of their ids; of equal ones the one that was entered first comes first, so that no page repeats another's.
    func sort(_ products: inout [Product]) {
        switch self {
        case .entered: break
        case .newest: products.reverse()
        case .changed: products.sort { $0.version > $1.version }
        case .title: products = Self.sorted(products) { $0.title.lowercased() }
        case .cheapest: products.sort { ($0.price, $0.id) < ($1.price, $1.id) }
        case .dearest: products.sort { ($1.price, $0.id) < ($0.price, $1.id) }
        }
    }

    /// By a key that is made once a product.
    private static func sorted(_ products: [Product], by key: (Product) -> String) -> [Product] {
        products.map { (key: key($0), product: $0) }.sorted { ($0.key, $0.product.id) < ($1.key, $1.product.id) }.map(
            \.product)
    }
}
