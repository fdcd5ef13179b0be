import Commands
import EventLog
import JSON

extension MarketplaceState {
    /// The commands of the marketplace: how each is decided, and which commands repeat an earlier one.
    ///
    /// Repetitions are compared by the values that events have: `9.50` and `9.5` are the same price.
    static let commands = CommandTable<MarketplaceState>([
        CommandDefinition(
            "product.create", event: MarketplaceEventType.productCreated, address: "POST /api/products",
            repeats: repeatsCreation, decide: { try $0.createProduct($1) }),
        CommandDefinition(
            "product.update", event: MarketplaceEventType.productUpdated, address: "PATCH /api/products/{id}",
            repeats: repeatsUpdate, decide: { try $0.updateProduct($1) }),
        CommandDefinition(
            "product.delete", event: MarketplaceEventType.productDeleted, address: "DELETE /api/products/{id}",
            repeats: { $0.data["id"]?.int == $1["id"]?.int },
            decide: { try $0.deleteProduct($1) }),
        CommandDefinition(
            "message.post", event: MarketplaceEventType.messagePosted, address: "POST /api/messages",
            repeats: repeatsMessage, decide: { try $0.postMessage($1) }),
        CommandDefinition(
            "auction.open", event: MarketplaceEventType.auctionOpened, address: "POST /api/auctions",
            repeats: repeatsOpening, decide: { try $0.openAuction($1) }),
        CommandDefinition(
            "bid.place", event: MarketplaceEventType.bidPlaced, address: "POST /api/auctions/{id}/bids",
            repeats: repeatsBid, decide: { try $0.placeBid($1) }),
        CommandDefinition(
            "auction.close", event: MarketplaceEventType.auctionClosed, address: "POST /api/auctions/{id}/close",
            repeats: { $0.data["auction"]?.int == $1["auction"]?.int },
            decide: { try $0.closeAuction($1) }),
    ])

    private func createProduct(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseVersion()
        try fields.refuseFields(besides: Product.table.names)
        var product = Product(id: nextProductID, version: 0)
        try Product.table.fill(&product, from: fields.object, isNew: true)
        try refuseTakenCode(of: product)
        return [fields.event(on: MarketplaceTopic.products, product.eventData)]
    }

    private func updateProduct(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseFields(besides: ["id"] + Product.table.names)
        let old = try product(for: fields)
        var new = old
        try Product.table.fill(&new, from: fields.object, isNew: false)
        try refuseTakenCode(of: new)
        let changes = Product.table.changes(from: old, to: new)
        if changes.isEmpty { return [] }
        var event: JSONObject = ["id": .number(JSONNumber(old.id))]
        for change in changes { event[change.name] = change.value }
        return [fields.event(on: MarketplaceTopic.products, event)]
    }

    private func deleteProduct(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseFields(besides: ["id"])
        let product = try product(for: fields)
        if let auction = auctions.open(of: product.id) { throw .inAuction(auction, field: "id") }
        return [fields.event(on: MarketplaceTopic.products, ["id": .number(JSONNumber(product.id))])]
    }

    private func postMessage(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseVersion()
        try fields.refuseFields(besides: Message.table.names)
        var message = Message()
        try Message.table.fill(&message, from: fields.object, isNew: true)
        var event: JSONObject = ["socket": fields.command.socket.map { .string($0) } ?? .null]
        Message.table.write(message, into: &event)
        return [fields.event(on: MarketplaceTopic.chat, event)]
    }

    /// The product that the field `id` names.
    ///
    /// - Throws: `not-found`, or `stale` when the command requires another version.
    private func product(for fields: CommandFields) throws(Refusal) -> Product {
        let id = try fields.id("id")
        guard let product = product(id) else { throw .notFound(product: id) }
        if let expected = fields.command.ifVersion, expected != product.version {
            throw .stale("product \(id)", version: product.version, expected: expected)
        }
        return product
    }

    private func refuseTakenCode(of product: Product) throws(Refusal) {
        if let owner = otherOwner(of: product.code, than: product.id) {
            throw .duplicate(code: product.code, of: owner)
        }
    }
}

// MARK: - Auctions

extension MarketplaceState {
    private func openAuction(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseVersion()
        try fields.refuseFields(besides: Auction.table.names)
        var auction = Auction(id: auctions.nextID, openedAt: fields.time, version: 0)
        try Auction.table.fill(&auction, from: fields.object, isNew: true)
        try checkOpening(auction)
        return [fields.event(on: MarketplaceTopic.auction(auction.id), auction.eventData)]
    }

    private func placeBid(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseFields(besides: ["auction"] + Bid.table.names)
        let auction = try auction(for: fields)
        var bid = Bid(time: fields.time)
        try Bid.table.fill(&bid, from: fields.object, isNew: true)
        try auction.check(bid)
        var event: JSONObject = ["auction": .number(JSONNumber(auction.id))]
        Bid.table.write(bid, into: &event)
        return [fields.event(on: MarketplaceTopic.auction(auction.id), event)]
    }

    /// An auction cannot be closed early; otherwise the highest bidder could end it.
    private func closeAuction(_ fields: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try fields.refuseFields(besides: ["auction"])
        let auction = try auction(for: fields)
        guard auction.isOpen else { return [] }
        try auction.checkClosing(at: fields.time)
        let winner = auction.highestBid
        return [
            fields.event(
                on: MarketplaceTopic.auction(auction.id),
                [
                    "auction": .number(JSONNumber(auction.id)), "bidCount": .number(JSONNumber(auction.bidCount)),
                    "price": winner.map { .number($0.amount.number) } ?? .null,
                    "winner": winner.map { .string($0.bidder) } ?? .null,
                ])
        ]
    }

    /// Refuses a new auction of a product that does not exist or is in another open auction.
    func checkOpening(_ auction: Auction) throws(Refusal) {
        guard product(auction.product) != nil else { throw .notFound(product: auction.product, field: "product") }
        if let open = auctions.open(of: auction.product) { throw .inAuction(open, field: "product") }
    }

    /// The auction that the field `auction` names.
    ///
    /// - Throws: `not-found`, or `stale` when the command requires another version.
    private func auction(for fields: CommandFields) throws(Refusal) -> Auction {
        let id = try fields.id("auction")
        guard let auction = auctions[id] else { throw .notFound(auction: id) }
        if let expected = fields.command.ifVersion, expected != auction.version {
            throw .stale("auction \(id)", version: auction.version, expected: expected)
        }
        return auction
    }
}

// MARK: - Repetitions

extension MarketplaceState {
    private static func repeatsCreation(_ command: Command, _ event: JSONValue) -> Bool {
        var product = Product(id: event["id"]?.int ?? 0, version: 0)
        return values(of: command) { (fields) throws(Refusal) in
            try Product.table.fill(&product, from: fields, isNew: true)
            return product.eventData
        } == event.object
    }

    /// Only the fields of the event are compared: the event does not have the fields that the update left unchanged.
    private static func repeatsUpdate(_ command: Command, _ event: JSONValue) -> Bool {
        guard let fields = command.data.object, let event = event.object, fields["id"]?.int == event["id"]?.int,
            event.keys.allSatisfy({ fields[$0] != nil })
        else { return false }
        var product = Product(id: event["id"]?.int ?? 0, version: 0)
        let values = values(of: command) { (fields) throws(Refusal) in
            try Product.table.fill(&product, from: fields, isNew: false)
            return product.eventData
        }
        return values.map { values in event.entries.allSatisfy { values[$0.key] == $0.value } } ?? false
    }

    private static func repeatsMessage(_ command: Command, _ event: JSONValue) -> Bool {
        var message = Message()
        var object: JSONObject = ["socket": event["socket"] ?? .null]
        return values(of: command) { (fields) throws(Refusal) in
            try Message.table.fill(&message, from: fields, isNew: true)
            Message.table.write(message, into: &object)
            return object
        } == event.object
    }

    private static func repeatsOpening(_ command: Command, _ event: JSONValue) -> Bool {
        var auction = Auction(id: event["auction"]?.int ?? 0, openedAt: Timestamp(microseconds: 0), version: 0)
        return values(of: command) { (fields) throws(Refusal) in
            try Auction.table.fill(&auction, from: fields, isNew: true)
            return auction.eventData
        } == event.object
    }

    private static func repeatsBid(_ command: Command, _ event: JSONValue) -> Bool {
        guard let id = command.data["auction"]?.int else { return false }
        var bid = Bid(time: Timestamp(microseconds: 0))
        var object: JSONObject = ["auction": .number(JSONNumber(id))]
        return values(of: command) { (fields) throws(Refusal) in
            try Bid.table.fill(&bid, from: fields, isNew: true)
            Bid.table.write(bid, into: &object)
            return object
        } == event.object
    }

    /// The data of the event that a command would be decided into; nil when its data are not an object or break a rule.
    private static func values(
        of command: Command, _ read: (JSONObject) throws(Refusal) -> JSONObject
    ) -> JSONObject? {
        guard let fields = command.data.object else { return nil }
        do throws(Refusal) { return try read(fields) } catch { return nil }
    }
}
