public import JSON

/// A request to change something, to be decided into facts or refused.
public struct Command: Sendable, Equatable {
    /// One of `MarketplaceState.commandNames`, such as `product.create`.
    public let name: String
    /// The fields of the command: an object.
    public let data: JSONValue
    /// The socket that sent the command, nil for other ways in. A message keeps it; it is never
    /// taken from `data`, so that no one can speak for another.
    public var socket: String?
    /// The version that the product must still have for `product.update` and `product.delete`, and the auction for
    /// `bid.place` and `auction.close`.
    public var ifVersion: UInt64?

    /// A command as it came in; nothing is checked until it is decided.
    public init(name: String, data: JSONValue, socket: String? = nil, ifVersion: UInt64? = nil) {
        self.name = name
        self.data = data
        self.socket = socket
        self.ifVersion = ifVersion
    }
}
