/// The topics of the marketplace.
public enum MarketplaceTopic {
    /// Everything that happens to products.
    public static let products = "products"
    /// Messages.
    public static let chat = "chat"

    /// Everything that happens in an auction.
    public static func auction(_ id: Int) -> String { auctions + String(id) }

    /// The auction that a topic is of.
    public static func auction(ofTopic topic: String) -> Int? {
        guard topic.utf8.starts(with: auctions.utf8), let id = Int(topic.dropFirst(auctions.count)),
            auction(id) == topic
        else { return nil }
        return id
    }

    /// What the topics of auctions begin with.
    static let auctions = "auctions/"
}

/// The types of the marketplace's events. Their data are objects.
public enum MarketplaceEventType {
    /// The whole product, with its id and without its version.
    public static let productCreated = "product.created"
    /// The id and the fields that changed.
    public static let productUpdated = "product.updated"
    /// The id.
    public static let productDeleted = "product.deleted"
    /// `socket` (null when it came another way), `user` if given, `text`.
    public static let messagePosted = "message.posted"
    /// `auction`, `product`, `startPrice`, `minimumStep`, `seconds`: it closes so long after the event's time.
    public static let auctionOpened = "auction.opened"
    /// `auction`, `amount`, `bidder`.
    public static let bidPlaced = "bid.placed"
    /// `auction`, `bidCount`, and the `price` and `winner` it came to, null when nobody bid.
    public static let auctionClosed = "auction.closed"
}
