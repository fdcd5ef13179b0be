import HashTreeCollections

/// The auctions of a marketplace.
///
/// Like the state that they are part of, they share their structure with the
/// values they came from. Ids are 1, 2, 3 … without a gap, since an auction is
/// never removed, and a product is in one open auction at most.
public struct Auctions: Sendable, Equatable {
    private var auctions: TreeDictionary<Int, Auction> = [:]
    /// The id of the open auction that a product is in.
    private var openIDs: TreeDictionary<Int, Int> = [:]

    /// How many there are: also the id of the newest.
    public var count: Int { auctions.count }

    /// The auction of an id, nil when there is none.
    public subscript(id: Int) -> Auction? { auctions[id] }

    /// How many are open.
    public var openCount: Int { openIDs.count }

    /// The open auction that a product is in.
    public func open(of product: Int) -> Auction? { openIDs[product].flatMap { auctions[$0] } }

    /// The open ones by id, lowest first. Cost: a sort of those, O(n log n).
    public var openInOrder: [Auction] {
        openIDs.values.sorted().compactMap { auctions[$0] }
    }

    /// All by id, lowest first. Cost: O(n).
    public var inOrder: [Auction] {
        (0..<count).compactMap { auctions[$0 + 1] }
    }

    /// The id that the next one will get.
    var nextID: Int { count + 1 }

    /// Adds the next auction. The caller has checked its product.
    mutating func insert(_ auction: Auction) {
        precondition(auction.id == nextID && (!auction.isOpen || open(of: auction.product) == nil))
        auctions[auction.id] = auction
        if auction.isOpen { openIDs[auction.product] = auction.id }
    }

    /// Puts an auction in its own place, after it took a bid or was closed.
    mutating func replace(_ auction: Auction) {
        auctions[auction.id] = auction
        if !auction.isOpen { openIDs[auction.product] = nil }
    }
}
