import EventLog
import JSON
import Marketplace

extension Auction {
    /// The auction as it is answered: times as in events, `price` and `bidder` of the highest bid, `nextPrice` what the
    /// next one must reach.
    var json: JSONObject {
        let highest = highestBid
        return [
            "id": .number(JSONNumber(id)), "product": .number(JSONNumber(product)),
            "startPrice": .number(startPrice.number), "minimumStep": .number(minimumStep.number),
            "openedAt": .string("\(Timestamp(openedAt))"), "closesAt": .string("\(Timestamp(closesAt))"),
            "state": isOpen ? "open" : "closed", "bidCount": .number(JSONNumber(bidCount)),
            "price": highest.map { .number($0.amount.number) } ?? .null,
            "bidder": highest.map { .string($0.bidder) } ?? .null,
            "nextPrice": nextPrice.map { .number($0.number) } ?? .null, "version": .number(JSONNumber(version)),
        ]
    }

    /// With `bids`, the newest ones, the highest last.
    var jsonWithBids: JSONValue {
        var object = json
        object["bids"] = .array(
            bids.map { bid in
                [
                    "amount": .number(bid.amount.number), "bidder": .string(bid.bidder),
                    "time": .string("\(Timestamp(bid.time))"),
                ]
            })
        return .object(object)
    }
}
