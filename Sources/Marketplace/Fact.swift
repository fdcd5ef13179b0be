public import JSON

/// What a command was decided into: an event that has not been appended yet.
public struct Fact: Sendable, Equatable {
    /// What the event belongs to, one of `MarketplaceTopic`.
    public let topic: String
    /// What happened, one of `MarketplaceEventType`.
    public let type: String
    /// What is to be known about it: an object.
    public let data: JSONValue

    /// A fact as `decide` makes it; `apply` skips one that is not of the marketplace.
    public init(topic: String, type: String, data: JSONValue) {
        self.topic = topic
        self.type = type
        self.data = data
    }
}

/// The topics of the marketplace.
public enum MarketplaceTopic {
    /// Everything that happens to products.
    public static let products = "products"
    /// Messages.
    public static let chat = "chat"
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
}
