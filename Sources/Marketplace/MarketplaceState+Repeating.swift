public import JSON

extension MarketplaceState {
    /// Whether a command asks for what a fact says was done: whether it may be a retry of the command the fact came from.
    ///
    /// Values are compared as they are kept: `"9.50"` is the price `9.5`. An update is compared where it changed
    /// something; what it left as it was is in no fact.
    ///
    /// - Parameters:
    ///   - type: the fact's type.
    ///   - data: the fact's data.
    public static func mayRepeat(_ command: Command, of type: String, _ data: JSONValue) -> Bool {
        guard let asked = command.data.object, let done = data.object else { return false }
        switch (command.name, type) {
        case ("product.create", MarketplaceEventType.productCreated):
            var product = Product(id: done["id"]?.int ?? 0, version: 0)
            return repeats { () throws(Refusal) in
                try Product.table.fill(&product, from: asked, isNew: true)
                return product.eventData
            } == done
        case ("product.update", MarketplaceEventType.productUpdated):
            guard asked["id"]?.int == done["id"]?.int, done.keys.allSatisfy({ asked[$0] != nil }) else { return false }
            var product = Product(id: done["id"]?.int ?? 0, version: 0)
            let values = repeats { () throws(Refusal) in
                try Product.table.fill(&product, from: asked, isNew: false)
                return product.eventData
            }
            return values.map { values in done.entries.allSatisfy { values[$0.key] == $0.value } } ?? false
        case ("product.delete", MarketplaceEventType.productDeleted):
            return asked["id"]?.int == done["id"]?.int
        case ("message.post", MarketplaceEventType.messagePosted):
            var message = Message()
            var object: JSONObject = ["socket": done["socket"] ?? .null]
            return repeats { () throws(Refusal) in
                try Message.table.fill(&message, from: asked, isNew: true)
                Message.table.write(message, into: &object)
                return object
            } == done
        case ("auction.open", MarketplaceEventType.auctionOpened):
            var auction = Auction(id: done["auction"]?.int ?? 0, openedAt: Moment(microseconds: 0), version: 0)
            return repeats { () throws(Refusal) in
                try Auction.table.fill(&auction, from: asked, isNew: true)
                return auction.eventData
            } == done
        case ("bid.place", MarketplaceEventType.bidPlaced):
            guard let id = asked["auction"]?.int else { return false }
            var bid = Bid(time: Moment(microseconds: 0))
            var object: JSONObject = ["auction": .number(JSONNumber(id))]
            return repeats { () throws(Refusal) in
                try Bid.table.fill(&bid, from: asked, isNew: true)
                Bid.table.write(bid, into: &object)
                return object
            } == done
        case ("auction.close", MarketplaceEventType.auctionClosed):
            return asked["auction"]?.int == done["auction"]?.int
        default: return false
        }
    }

    /// Nil where the command would be refused.
    private static func repeats(_ values: () throws(Refusal) -> JSONObject) -> JSONObject? {
        do throws(Refusal) { return try values() } catch { return nil }
    }
}
