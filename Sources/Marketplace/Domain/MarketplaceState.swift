import HashTreeCollections

/// The products, auctions and number of messages that result from all events up to an offset.
///
/// A value that shares its structure with earlier values: a copy costs nothing and a change costs O(log n), so each
/// commit can publish a new state.
///
/// Always true: ids are 1, 2, 3 … in the order of creation and are never reused; no two products have the same code;
/// the product of an open auction exists and is in no other open auction.
public struct MarketplaceState: Sendable, Equatable {
    /// The products by id.
    private(set) var products: TreeDictionary<Int, Product> = [:]
    /// The ids of products by their codes.
    private(set) var productIDs: TreeDictionary<String, Int> = [:]
    /// The id of the next product.
    private(set) var nextProductID = 1
    /// The number of messages that were posted.
    private(set) var messageCount = 0
    /// The auctions, open and closed.
    var auctions = Auctions()

    /// The state before the first event.
    init() {}

    /// The product with an id; nil when the product does not exist or was deleted.
    func product(_ id: Int) -> Product? { products[id] }

    /// The products by id, lowest first. Cost: a sort, O(n log n).
    var productsInOrder: [Product] {
        products.values.sorted { $0.id < $1.id }
    }

    /// The id of the product that has a code; nil when no product has the code, or the product with the id `id`.
    func otherOwner(of code: String, than id: Int) -> Int? {
        productIDs[code].flatMap { $0 == id ? nil : $0 }
    }

    /// Whether no product has a code, except the product with the id `id`.
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

    /// Replaces a product with a newer version. The caller has checked the code.
    mutating func replace(_ old: Product, with new: Product) {
        precondition(old.id == new.id && isFree(new.code, for: new.id))
        if old.code != new.code { productIDs[old.code] = nil }
        productIDs[new.code] = new.id
        products[new.id] = new
    }

    /// Removes a product. The caller has checked that the product is in no open auction.
    mutating func remove(_ product: Product) {
        products[product.id] = nil
        productIDs[product.code] = nil
    }

    mutating func countMessage() {
        messageCount += 1
    }

    /// Sets the counters from a snapshot, after its products were inserted.
    mutating func restoreCounters(nextProductID: Int, messageCount: Int) {
        precondition(nextProductID >= self.nextProductID)
        self.nextProductID = nextProductID
        self.messageCount = messageCount
    }
}
