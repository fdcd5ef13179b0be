import EventLog
import HTTPTypes
import Marketplace

/// The event types that the application decides: only its commands append events of these types.
///
/// An event of such a type that was appended without a decision would be acknowledged, and skipped by the projection.
/// `bitacora log import` takes such events while no server runs: the events of a restored history were decided before.
struct DecidedTypes: Sendable {
    /// The types of the marketplace.
    static let marketplace = DecidedTypes(commands: MarketplaceState.decidedTypes, addresses: marketplaceAddresses)

    /// The HTTP method and address of each command of the marketplace.
    private static let marketplaceAddresses = [
        "product.create": "POST /api/products", "product.update": "PATCH /api/products/{id}",
        "product.delete": "DELETE /api/products/{id}", "message.post": "POST /api/messages",
        "auction.open": "POST /api/auctions",
        "bid.place": "POST /api/auctions/{id}/bids", "auction.close": "POST /api/auctions/{id}/close",
    ]

    /// By event type, the method and address of its command.
    private let addresses: [String: String]

    /// - Parameters:
    ///   - commands: by event type, the name of the command that is decided into it.
    ///   - addresses: by the name of a command, its method and address; every command has one.
    private init(commands: [String: String], addresses: [String: String]) {
        self.addresses = commands.mapValues { command in
            guard let address = addresses[command] else { preconditionFailure("the command \(command) has no address") }
            return address
        }
    }

    /// Refuses raw events of which one has a decided type.
    ///
    /// - Parameter isArray: whether the events came in an array, so that the field at fault is `[3].type` and not `type`.
    /// - Throws: `decided-type`, with status 422, for the first of them.
    func check(_ events: [NewEvent], isArray: Bool) throws(Problem) {
        for (index, event) in events.enumerated() {
            guard let address = addresses[event.type] else { continue }
            throw Problem(
                .unprocessableContent, "decided-type",
                "\(event.type) events are appended by \(address), which checks them; "
                    + "to restore a history, stop the server and use bitacora log import",
                field: isArray ? "[\(index)].type" : "type")
        }
    }
}
