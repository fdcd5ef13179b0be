public import HashTreeCollections

/// The marketplace at an offset: what all events up to there come to.
///
/// A value that shares its structure with the values it came from: a copy costs
/// nothing, and a change costs O(log n), so that each commit can publish one.
///
/// It holds that ids are 1, 2, 3 … in the order of creation and never reused,
/// that no two products have the same code, and that the product of an open
/// auction is there and in no other.
public struct MarketplaceState: Sendable, Equatable {
    /// The products by id.
    public private(set) var products: TreeDictionary<Int, Product> = [:]
    /// The id of the product that has a code.
    public private(set) var productIDs: TreeDictionary<String, Int> = [:]
    /// The id that the next product will get.
    public private(set) var nextProductID = 1
    /// How many messages have been posted.
    public private(set) var messageCount = 0
    /// The auctions, open and closed.
    public internal(set) var auctions = Auctions()

    /// The state before the first event.
    public init() {}

    /// The product of an id, nil when there is none or no longer.
    public func product(_ id: Int) -> Product? { products[id] }

    /// The products by id, lowest first. Cost: a sort, O(n log n).
    public var productsInOrder: [Product] {
        products.values.sorted { $0.id < $1.id }
    }
}

extension MarketplaceState {
    /// The id of the product that keeps a product of this id from having this code.
    func otherOwner(of code: String, than id: Int) -> Int? {
        productIDs[code].flatMap { $0 == id ? nil : $0 }
    }

    /// Whether a product of this id may have this code.
    func isFree(_ code: String, for id: Int) -> Bool {
        otherOwner(of: code, than: id) == nil
    }

    /// Adds the next product. The caller has checked id and code.
    mutating func insert(_ product: Product) {
        precondition(product.id >= nextProductID && isFree(product.code, for: product.id))
        products[product.id] = product
        productIDs[product.code] = product.id
        nextProductID = product.id + 1
    }

    /// Puts a product in the place of an older version. The caller has checked the code.
    mutating func replace(_ old: Product, with new: Product) {
        precondition(old.id == new.id && isFree(new.code, for: new.id))
        if old.code != new.code { productIDs[old.code] = nil }
        productIDs[new.code] = new.id
        products[new.id] = new
    }

    mutating func remove(_ product: Product) {
        products[product.id] = nil
        productIDs[product.code] = nil
    }

    mutating func countMessage() {
        messageCount += 1
    }

    /// Takes the counters of a snapshot, which must lie beyond its products.
    mutating func restoreCounters(nextProductID: Int, messageCount: Int) {
        precondition(nextProductID >= self.nextProductID)
        self.nextProductID = nextProductID
        self.messageCount = messageCount
    }
}
