import Commands
import EventLog
import JSON

/// How the commands of the marketplace are decided, and what a repetition of each looks like.
///
/// A repetition is compared by the values that are kept: `"9.50"` is the price `9.5`. Lengths of text are counted in
/// Unicode scalars.
extension MarketplaceState {
    /// The commands, each with the type of its events.
    ///
    /// The projection skips an event that breaks the rules of the state. Events of these types are therefore appended by
    /// their commands only: one that was appended without a decision would be in the log and have no effect.
    static let commands = CommandTable<MarketplaceState>([
        CommandDefinition(
            "product.create", event: MarketplaceEventType.productCreated, address: "POST /api/products",
            repeats: Self.repeatsCreation, decide: { try $0.createProduct($1) }),
        CommandDefinition(
            "product.update", event: MarketplaceEventType.productUpdated, address: "PATCH /api/products/{id}",
            repeats: Self.repeatsUpdate, decide: { try $0.updateProduct($1) }),
        CommandDefinition(
            "product.delete", event: MarketplaceEventType.productDeleted, address: "DELETE /api/products/{id}",
            repeats: { $0.data["id"]?.int == $1["id"]?.int },
            decide: { try $0.deleteProduct($1) }),
        CommandDefinition(
            "message.post", event: MarketplaceEventType.messagePosted, address: "POST /api/messages",
            repeats: Self.repeatsMessage, decide: { try $0.postMessage($1) }),
        CommandDefinition(
            "auction.open", event: MarketplaceEventType.auctionOpened, address: "POST /api/auctions",
            repeats: Self.repeatsOpening, decide: { try $0.openAuction($1) }),
        CommandDefinition(
            "bid.place", event: MarketplaceEventType.bidPlaced, address: "POST /api/auctions/{id}/bids",
            repeats: Self.repeatsBid, decide: { try $0.placeBid($1) }),
        CommandDefinition(
            "auction.close", event: MarketplaceEventType.auctionClosed, address: "POST /api/auctions/{id}/close",
            repeats: { $0.data["auction"]?.int == $1["auction"]?.int },
            decide: { try $0.closeAuction($1) }),
    ])

    private func createProduct(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseVersion()
        try data.refuseFields(besides: Product.table.names)
        var product = Product(id: nextProductID, version: 0)
        try Product.table.fill(&product, from: data.object, isNew: true)
        try refuseTakenCode(of: product)
        return [
            DecidedEvent(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productCreated,
                data: .object(product.eventData))
        ]
    }

    private func updateProduct(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseFields(besides: ["id"] + Product.table.names)
        let old = try product(for: data)
        var new = old
        try Product.table.fill(&new, from: data.object, isNew: false)
        try refuseTakenCode(of: new)
        let changes = Product.table.changes(from: old, to: new)
        if changes.isEmpty { return [] }
        var event: JSONObject = ["id": .number(JSONNumber(old.id))]
        for change in changes { event[change.name] = change.value }
        return [
            DecidedEvent(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productUpdated,
                data: .object(event))
        ]
    }

    private func deleteProduct(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseFields(besides: ["id"])
        let product = try product(for: data)
        if let auction = auctions.open(of: product.id) { throw .inAuction(auction, field: "id") }
        return [
            DecidedEvent(
                topic: MarketplaceTopic.products, type: MarketplaceEventType.productDeleted,
                data: ["id": .number(JSONNumber(product.id))])
        ]
    }

    private func postMessage(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseVersion()
        try data.refuseFields(besides: Message.table.names)
        var message = Message()
        try Message.table.fill(&message, from: data.object, isNew: true)
        var event: JSONObject = ["socket": data.command.socket.map { .string($0) } ?? .null]
        Message.table.write(message, into: &event)
        return [
            DecidedEvent(
                topic: MarketplaceTopic.chat, type: MarketplaceEventType.messagePosted, data: .object(event))
        ]
    }

    /// The product that `id` names, if it is at the version the command was made for.
    private func product(for data: CommandFields) throws(Refusal) -> Product {
        let id = try data.id("id")
        guard let product = product(id) else { throw .notFound(product: id) }
        if let expected = data.command.ifVersion, expected != product.version {
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
    func openAuction(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseVersion()
        try data.refuseFields(besides: Auction.table.names)
        var auction = Auction(id: auctions.nextID, openedAt: data.time, version: 0)
        try Auction.table.fill(&auction, from: data.object, isNew: true)
        try checkOpening(auction)
        return [
            DecidedEvent(
                topic: MarketplaceTopic.auction(auction.id), type: MarketplaceEventType.auctionOpened,
                data: .object(auction.eventData))
        ]
    }

    func placeBid(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseFields(besides: ["auction"] + Bid.table.names)
        let auction = try auction(for: data)
        var bid = Bid(time: data.time)
        try Bid.table.fill(&bid, from: data.object, isNew: true)
        try auction.check(bid)
        var event: JSONObject = ["auction": .number(JSONNumber(auction.id))]
        Bid.table.write(bid, into: &event)
        return [
            DecidedEvent(
                topic: MarketplaceTopic.auction(auction.id), type: MarketplaceEventType.bidPlaced, data: .object(event))
        ]
    }

    /// There is nobody who could end an auction early: whoever leads would.
    func closeAuction(_ data: CommandFields) throws(Refusal) -> [DecidedEvent] {
        try data.refuseFields(besides: ["auction"])
        let auction = try auction(for: data)
        guard auction.isOpen else { return [] }
        try auction.checkClosing(at: data.time)
        let winner = auction.highestBid
        return [
            DecidedEvent(
                topic: MarketplaceTopic.auction(auction.id), type: MarketplaceEventType.auctionClosed,
                data: [
                    "auction": .number(JSONNumber(auction.id)), "bidCount": .number(JSONNumber(auction.bidCount)),
                    "price": winner.map { .number($0.amount.number) } ?? .null,
                    "winner": winner.map { .string($0.bidder) } ?? .null,
                ])
        ]
    }

    /// Refuses a new auction of a product that is not there, or in another.
    func checkOpening(_ auction: Auction) throws(Refusal) {
        guard product(auction.product) != nil else { throw .notFound(product: auction.product, field: "product") }
        if let open = auctions.open(of: auction.product) { throw .inAuction(open, field: "product") }
    }

    /// The auction that `auction` names, if it is at the version the command was made for.
    private func auction(for data: CommandFields) throws(Refusal) -> Auction {
        let id = try data.id("auction")
        guard let auction = auctions[id] else { throw .notFound(auction: id) }
        if let expected = data.command.ifVersion, expected != auction.version {
            throw .stale("auction \(id)", version: auction.version, expected: expected)
        }
        return auction
    }
}

// MARK: - Repetitions

extension MarketplaceState {
    private static func repeatsCreation(_ command: Command, _ done: JSONValue) -> Bool {
        var product = Product(id: done["id"]?.int ?? 0, version: 0)
        return values(of: command) { (asked) throws(Refusal) in
            try Product.table.fill(&product, from: asked, isNew: true)
            return product.eventData
        } == done.object
    }

    /// An update is compared where it changed something: the event does not have the fields that stayed the same.
    private static func repeatsUpdate(_ command: Command, _ done: JSONValue) -> Bool {
        guard let asked = command.data.object, let done = done.object, asked["id"]?.int == done["id"]?.int,
            done.keys.allSatisfy({ asked[$0] != nil })
        else { return false }
        var product = Product(id: done["id"]?.int ?? 0, version: 0)
        let values = values(of: command) { (asked) throws(Refusal) in
            try Product.table.fill(&product, from: asked, isNew: false)
            return product.eventData
        }
        return values.map { values in done.entries.allSatisfy { values[$0.key] == $0.value } } ?? false
    }

    private static func repeatsMessage(_ command: Command, _ done: JSONValue) -> Bool {
        var message = Message()
        var object: JSONObject = ["socket": done["socket"] ?? .null]
        return values(of: command) { (asked) throws(Refusal) in
            try Message.table.fill(&message, from: asked, isNew: true)
            Message.table.write(message, into: &object)
            return object
        } == done.object
    }

    private static func repeatsOpening(_ command: Command, _ done: JSONValue) -> Bool {
        var auction = Auction(id: done["auction"]?.int ?? 0, openedAt: Timestamp(microseconds: 0), version: 0)
        return values(of: command) { (asked) throws(Refusal) in
            try Auction.table.fill(&auction, from: asked, isNew: true)
            return auction.eventData
        } == done.object
    }

    private static func repeatsBid(_ command: Command, _ done: JSONValue) -> Bool {
        guard let id = command.data["auction"]?.int else { return false }
        var bid = Bid(time: Timestamp(microseconds: 0))
        var object: JSONObject = ["auction": .number(JSONNumber(id))]
        return values(of: command) { (asked) throws(Refusal) in
            try Bid.table.fill(&bid, from: asked, isNew: true)
            Bid.table.write(bid, into: &object)
            return object
        } == done.object
    }

    /// The values that a command asks for; nil when its data are not an object or would be refused.
    private static func values(
        of command: Command, _ read: (JSONObject) throws(Refusal) -> JSONObject
    ) -> JSONObject? {
        guard let asked = command.data.object else { return nil }
        do throws(Refusal) { return try read(asked) } catch { return nil }
    }
}
