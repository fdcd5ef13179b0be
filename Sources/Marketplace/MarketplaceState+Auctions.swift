import JSON

/// How commands about auctions are decided.
extension MarketplaceState {
    func openAuction(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseVersion()
        try data.refuseFields(besides: Auction.table.names)
        var auction = Auction(id: auctions.nextID, openedAt: data.time, version: 0)
        try Auction.table.fill(&auction, from: data.object, isNew: true)
        try checkOpening(auction)
        return [
            Fact(
                topic: MarketplaceTopic.auction(auction.id), type: MarketplaceEventType.auctionOpened,
                data: .object(auction.eventData))
        ]
    }

    func placeBid(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseFields(besides: ["auction"] + Bid.table.names)
        let auction = try auction(for: data)
        var bid = Bid(time: data.time)
        try Bid.table.fill(&bid, from: data.object, isNew: true)
        try auction.check(bid)
        var event: JSONObject = ["auction": .number(JSONNumber(auction.id))]
        Bid.table.write(bid, into: &event)
        return [
            Fact(
                topic: MarketplaceTopic.auction(auction.id), type: MarketplaceEventType.bidPlaced, data: .object(event))
        ]
    }

    /// There is nobody who could end an auction early: whoever leads would.
    func closeAuction(_ data: CommandData) throws(Refusal) -> [Fact] {
        try data.refuseFields(besides: ["auction"])
        let auction = try auction(for: data)
        guard auction.isOpen else { return [] }
        try auction.checkClosing(at: data.time)
        let winner = auction.highestBid
        return [
            Fact(
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
    private func auction(for data: CommandData) throws(Refusal) -> Auction {
        let id = try data.id("auction")
        guard let auction = auctions[id] else { throw .notFound(auction: id) }
        if let expected = data.command.ifVersion, expected != auction.version {
            throw .stale("auction \(id)", version: auction.version, expected: expected)
        }
        return auction
    }
}
