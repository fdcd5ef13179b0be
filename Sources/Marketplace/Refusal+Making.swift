import JSON

extension Refusal {
    static func invalid(_ field: String, mustBe expectation: String, found: String) -> Refusal {
        Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
    }

    static func missing(_ field: String, mustBe expectation: String) -> Refusal {
        Refusal(code: .missing, message: "\(field) is missing; it must be \(expectation)", field: field)
    }

    static func unknownField(_ field: String, of command: String, fields: [String]) -> Refusal {
        let name = field.shortened
        return Refusal(
            code: .unknownField,
            message: "\(command) has no field \"\(name)\"; its fields are \(fields.joined(separator: ", "))",
            field: name)
    }

    static func unknownCommand(_ name: String) -> Refusal {
        if let command = MarketplaceState.decidedTypes[name] {
            return Refusal(
                code: .decidedType,
                message: "\(name) is the type of an event, not a command; send the command \(command) instead")
        }
        let known = MarketplaceState.commandNames.joined(separator: ", ")
        return Refusal(
            code: .unknownCommand, message: "there is no command \"\(name.shortened)\"; the commands are \(known)")
    }

    static func duplicate(code: String, of product: Int) -> Refusal {
        Refusal(
            code: .duplicate,
            message: "code must be one that no other product has; product \(product) has \"\(code)\"",
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

    static func early(_ auction: Auction, at time: Moment) -> Refusal {
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
