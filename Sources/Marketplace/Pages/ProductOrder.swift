import Marketplace

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
