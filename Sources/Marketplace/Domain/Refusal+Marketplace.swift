public import Commands
import EventLog

extension Refusal.Code {
    /// Another product has the same code.
    public static let duplicate = Refusal.Code("duplicate", .conflict)
    /// The product is in an open auction.
    public static let inAuction = Refusal.Code("in-auction", .conflict)
    /// The bid is lower than the next price.
    public static let tooLow = Refusal.Code("too-low", .conflict)
    /// The auction is closed and takes no more bids.
    public static let closed = Refusal.Code("closed", .conflict)
    /// The auction's closing time is in the future.
    public static let early = Refusal.Code("early", .conflict)
}

extension Refusal {
    static func duplicate(code: String, of product: Int) -> Refusal {
        Refusal(
            code: .duplicate,
            message: "code \(code) is already used by product \(product)",
            field: "code")
    }

    static func notFound(product: Int, field: String = "id") -> Refusal {
        Refusal(code: .notFound, message: "there is no product \(product)", field: field)
    }

    static func notFound(auction: Int) -> Refusal {
        Refusal(code: .notFound, message: "there is no auction \(auction)", field: "auction")
    }

    static func inAuction(_ auction: Auction, field: String) -> Refusal {
        Refusal(
            code: .inAuction,
            message:
                "product \(auction.product) is in auction \(auction.id), which is still open; wait until it has closed",
            field: field)
    }

    static func tooLow(_ bid: Bid, in auction: Auction) -> Refusal {
        let reason: String
        if let highest = auction.highestBid {
            reason =
                "the highest bid in auction \(auction.id) is \(highest.amount), by \"\(highest.bidder.shortened)\", "
                + "and the step \(auction.minimumStep)"
        } else {
            reason = "the starting price of auction \(auction.id)"
        }
        let least = auction.nextPrice.map { "\($0) or more" } ?? "more than a price can be"
        return Refusal(code: .tooLow, message: "amount must be \(least), not \(bid.amount): \(reason)", field: "amount")
    }

    static func closed(_ auction: Auction) -> Refusal {
        let result =
            auction.highestBid.map { "the last bid was \($0.amount), by \"\($0.bidder.shortened)\"" }
            ?? "nobody had bid"
        return Refusal(code: .closed, message: "auction \(auction.id) takes no more bids; \(result)", field: "auction")
    }

    static func early(_ auction: Auction, at time: Timestamp) -> Refusal {
        let seconds = time.seconds(until: auction.closesAt)
        return Refusal(
            code: .early,
            message: "auction \(auction.id) takes bids for \(seconds) more second\(seconds == 1 ? "" : "s"); "
                + "it closes by itself, and not before",
            field: "auction")
    }

    /// - Parameter name: the product or auction that has changed, such as `product 7`.
    static func stale(_ name: String, version: UInt64, expected: UInt64) -> Refusal {
        Refusal(
            code: .stale,
            message:
                "\(name) is at version \(version), not \(expected); read it again and send the command with its new version (the ETag, over HTTP)"
        )
    }
}
