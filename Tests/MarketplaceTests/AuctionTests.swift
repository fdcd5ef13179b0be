import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("Auctions")
struct AuctionTests {
    @Test(
        "an auction has the next id, accepts bids from its starting price, and closes a number of seconds after its event"
    )
    func opens() throws {
        var state = try MarketplaceState.withTwoProducts()
        let events = try state.perform(Command(name: "auction.open", data: Samples.auction), at: 3)
        let data: JSONValue = [
            "auction": 1, "product": 1, "startPrice": 10, "minimumStep": Samples.number("0.5"), "seconds": 60,
        ]
        #expect(events == [DecidedEvent(topic: "auctions/1", type: "auction.opened", data: data)])
        let auction = try #require(state.auctions[1])
        #expect((auction.openedAt, auction.closesAt) == (.sample, .sample + 60))
        #expect((auction.isOpen, auction.bidCount, auction.highestBid, auction.nextPrice?.text) == (true, 0, nil, "10"))
        #expect(auction.version == 3)
        #expect(state.auctions.open(of: 1) == auction)
    }

    @Test("of two equal bids the second is refused, with the amount that would be accepted")
    func equalBids() throws {
        var state = try MarketplaceState.withAuction()
        try state.bid("12", by: "Ana", at: 4)
        let refusal = #expect(throws: Refusal.self) { try state.bid("12", by: "Bo", at: 5) }
        #expect(refusal?.code == .tooLow)
        #expect(refusal?.field == "amount")
        #expect(
            refusal?.message
                == "amount must be 12.5 or more, not 12: the highest bid in auction 1 is 12, by \"Ana\", and the minimum step is 0.5"
        )
        try state.bid("12.5", by: "Bo", at: 5)
        let auction = try #require(state.auctions[1])
        #expect(auction.bids.map(\.bidder) == ["Ana", "Bo"])
        #expect(
            (auction.bidCount, auction.highestBid?.amount.text, auction.nextPrice?.text, auction.version) == (
                2, "12.5", "13", 5
            ))
    }

    @Test("a bid is in time up to the last microsecond before the closing time, by the time of its event")
    func lastMoment() throws {
        var state = try MarketplaceState.withAuction()
        try state.bid("10", at: 4, after: 59.999999)
        let refusal = #expect(throws: Refusal.self) { try state.bid("11", at: 5, after: 60) }
        #expect(
            refusal
                == Refusal(
                    code: .closed, message: "auction 1 accepts no more bids; the last bid was 10, by \"Ana\"",
                    field: "auction"))
        #expect(state.auctions[1]?.isOpen == true)
    }

    @Test("an auction is closed at its time and not before, once, with its result", arguments: [true, false])
    func closes(hasBid: Bool) throws {
        var state = try MarketplaceState.withAuction()
        if hasBid { try state.bid("10", at: 4) }
        let close = Command(name: "auction.close", data: ["auction": 1])
        let early = #expect(throws: Refusal.self) { try state.decide(close, at: .sample + 58.5) }
        let message = "auction 1 accepts bids for 2 more seconds; the server closes it after that time"
        #expect(early == Refusal(code: .early, message: message, field: "auction"))
        let events = try state.perform(close, at: 5, time: .sample + 60)
        let result: JSONValue =
            hasBid
            ? ["auction": 1, "bidCount": 1, "price": 10, "winner": "Ana"]
            : ["auction": 1, "bidCount": 0, "price": nil, "winner": nil]
        #expect(events == [DecidedEvent(topic: "auctions/1", type: "auction.closed", data: result)])
        #expect(state.auctions[1]?.closedAt == .sample + 60)
        #expect(state.auctions.openInOrder == [])
        #expect(try state.decide(close, at: .sample + 61) == [])
        let late = #expect(throws: Refusal.self) { try state.bid("99", at: 6, after: 61) }
        #expect(late?.code == .closed)
    }

    @Test("a product in an open auction is neither deleted nor auctioned again, and both when it has closed")
    func productInAuction() throws {
        var state = try MarketplaceState.withAuction()
        let delete = Command(name: "product.delete", data: ["id": 1])
        let open = Command(name: "auction.open", data: Samples.auction)
        let message = "product 1 is in open auction 1; try again after the auction has closed"
        #expect(throws: Refusal(code: .inAuction, message: message, field: "id")) { try state.decide(delete) }
        #expect(throws: Refusal(code: .inAuction, message: message, field: "product")) { try state.decide(open) }
        _ = try state.perform(Command(name: "auction.close", data: ["auction": 1]), at: 4, time: .sample + 60)
        #expect(try state.perform(open, at: 5, time: .sample + 60).first?.topic == "auctions/2")
        _ = try state.perform(Command(name: "auction.close", data: ["auction": 2]), at: 6, time: .sample + 120)
        #expect(try state.perform(delete, at: 7).count == 1)
        #expect(state.auctions.inOrder.map(\.product) == [1, 1])
        #expect(state.isSound)
    }

    @Test("the newest hundred bids are kept, and all are counted")
    func keepsNewestBids() throws {
        var state = try MarketplaceState.withAuction()
        for number in 0..<150 { try state.bid("\(10 + number)", at: UInt64(4 + number)) }
        let auction = try #require(state.auctions[1])
        #expect(auction.bidCount == 150)
        #expect(auction.bids.map(\.amount.text) == (60..<160).map(String.init))
    }

    @Test("where no price is high enough there is no next bid")
    func highestPrice() throws {
        var state = try MarketplaceState.withAuction()
        try state.bid("999999999999.9999", at: 4)
        #expect(state.auctions[1]?.nextPrice == nil)
        let refusal = #expect(throws: Refusal.self) { try state.bid("999999999999.9999", at: 5) }
        #expect(
            refusal?.message.hasPrefix(
                "amount must be above the highest possible price, not 999999999999.9999: the highest bid") == true)
    }

    static let price = "with at most 12 digits before and 4 after the decimal point"

    @Test(
        "a command that breaks a rule is refused with a code, a field and a sentence",
        arguments: [
            (
                "auction.open", ["product": 1, "startPrice": 1, "minimumStep": 1], .missing, "seconds",
                "seconds is missing; it must be a whole number, 1 to 31536000"
            ),
            (
                "auction.open", ["product": 3, "startPrice": 1, "minimumStep": 1, "seconds": 1], .notFound, "product",
                "there is no product 3"
            ),
            (
                "auction.open", ["product": 2, "startPrice": 1, "minimumStep": 0, "seconds": 1], .invalid,
                "minimumStep",
                "minimumStep must be a number above 0, \(price), not 0"
            ),
            (
                "auction.open", ["product": 2, "startPrice": -1, "minimumStep": 1, "seconds": 1], .invalid,
                "startPrice",
                "startPrice must be a number, 0 or more, \(price), not -1"
            ),
            (
                "auction.open", ["product": 2, "startPrice": 1, "minimumStep": 1, "seconds": 31_536_001], .invalid,
                "seconds",
                "seconds must be a whole number, 1 to 31536000, not 31536001"
            ),
            (
                "auction.open", ["product": 2, "closesAt": "2030-01-01"], .unknownField, "closesAt",
                "auction.open has no field \"closesAt\"; its fields are product, startPrice, minimumStep, seconds"
            ),
            (
                "bid.place", ["amount": 1, "bidder": "Ana"], .missing, "auction",
                "auction is missing; it must be a whole number, 1 or more"
            ),
            ("bid.place", ["auction": 2, "amount": 1, "bidder": "Ana"], .notFound, "auction", "there is no auction 2"),
            (
                "bid.place", ["auction": 1, "amount": "12", "bidder": "Ana"], .invalid, "amount",
                "amount must be a number, 0 or more, \(price), not a string"
            ),
            (
                "bid.place", ["auction": 1, "amount": 12, "bidder": " "], .invalid, "bidder",
                "bidder must be a string of 1 to 64 characters without control characters, not an empty string"
            ),
            (
                "bid.place", ["auction": 1, "amount": 12, "bidder": "A\nB"], .invalid, "bidder",
                "bidder must be a string of 1 to 64 characters without control characters, not a string with a control character"
            ),
            (
                "bid.place", ["auction": 1, "amount": Samples.number("9.9999"), "bidder": "Ana"], .tooLow, "amount",
                "amount must be 10 or more, not 9.9999: 10 is the starting price of auction 1"
            ),
            ("auction.close", ["auction": 7], .notFound, "auction", "there is no auction 7"),
        ] as [(String, JSONValue, Refusal.Code, String, String)])
    func refuses(name: String, data: JSONValue, code: Refusal.Code, field: String, message: String) throws {
        let state = try MarketplaceState.withAuction()
        #expect(throws: Refusal(code: code, message: message, field: field)) {
            try state.decide(Command(name: name, data: data))
        }
    }

    @Test(
        "a bid and a close are decided only for the version that they name",
        arguments: [
            ("bid.place", ["auction": 1, "amount": 12, "bidder": "Ana"], 1), ("auction.close", ["auction": 1], 60),
        ] as [(String, JSONValue, Double)])
    func versions(name: String, data: JSONValue, seconds: Double) throws {
        var state = try MarketplaceState.withAuction()
        let (current, next) = (
            Command(name: name, data: data, ifVersion: 3), Command(name: name, data: data, ifVersion: 4)
        )
        #expect(try state.decide(current, at: .sample + seconds).count == 1)
        #expect(
            throws: Refusal(
                code: .stale,
                message:
                    "auction 1 is at version 3, not 4; read it again and send the command with the new version (over HTTP, the ETag)"
            )
        ) {
            try state.decide(next, at: .sample + seconds)
        }
        try state.bid("11", at: 4)
        #expect(try state.decide(next, at: .sample + seconds).count == 1)
        let refusal = #expect(throws: Refusal.self) { try state.decide(current, at: .sample + seconds) }
        #expect(refusal?.code == .stale)
    }

    @Test("a new auction has no version to require")
    func refusesVersion() throws {
        let refusal = #expect(throws: Refusal.self) {
            try MarketplaceState.withAuction().decide(Command(name: "auction.open", data: [:], ifVersion: 3))
        }
        #expect(
            refusal?.message
                == "auction.open creates an object, which has no version yet; send the command without version 3")
    }

    @Test(
        "an event that does not fit is skipped",
        arguments: [
            ("auctions/1", "bid.placed", 1, #"{"auction":1,"amount":9,"bidder":"Ana"}"#),
            ("auctions/1", "bid.placed", 60, #"{"auction":1,"amount":11,"bidder":"Ana"}"#),
            ("auctions/1", "bid.placed", 1, #"{"auction":1,"amount":11}"#),
            ("auctions/1", "bid.placed", 1, #"{"amount":11,"bidder":"Ana"}"#),
            ("auctions/2", "bid.placed", 1, #"{"auction":1,"amount":11,"bidder":"Ana"}"#),
            ("auctions/01", "bid.placed", 1, #"{"auction":1,"amount":11,"bidder":"Ana"}"#),
            ("auctions/1/bids", "bid.placed", 1, #"{"auction":1,"amount":11,"bidder":"Ana"}"#),
            ("products", "bid.placed", 1, #"{"auction":1,"amount":11,"bidder":"Ana"}"#),
            ("auctions/2", "bid.placed", 1, #"{"auction":2,"amount":11,"bidder":"Ana"}"#),
            ("auctions/1", "auction.closed", 59, #"{"auction":1}"#), ("auctions/1", "auction.closed", 60, "{}"),
            ("auctions/2", "auction.closed", 60, #"{"auction":2}"#),
            ("auctions/", "auction.closed", 60, #"{"auction":1}"#),
            (
                "auctions/2", "auction.opened", 1,
                #"{"auction":2,"product":1,"startPrice":1,"minimumStep":1,"seconds":1}"#
            ),
            (
                "auctions/2", "auction.opened", 1,
                #"{"auction":2,"product":9,"startPrice":1,"minimumStep":1,"seconds":1}"#
            ),
            (
                "auctions/3", "auction.opened", 1,
                #"{"auction":3,"product":2,"startPrice":1,"minimumStep":1,"seconds":1}"#
            ),
            (
                "auctions/2", "auction.opened", 1,
                #"{"auction":2,"product":2,"startPrice":1,"minimumStep":0,"seconds":1}"#
            ),
            ("products", "product.deleted", 1, #"{"id":1}"#),
        ])
    func skips(topic: String, type: String, seconds: Double, data: String) throws {
        let before = try MarketplaceState.withAuction()
        var state = before
        state.apply(offset: 9, time: .sample + seconds, topic: topic, type: type, data: Array(data.utf8))
        #expect(state == before)
    }

    @Test("at the last possible times an auction ends at the last possible time")
    func endsOfTime() throws {
        for microseconds in [Int64.min, .max] {
            var state = try MarketplaceState.withTwoProducts()
            let time = Timestamp(microseconds: microseconds)
            _ = try state.perform(Command(name: "auction.open", data: Samples.auction), at: 3, time: time)
            #expect(try #require(state.auctions[1]).closesAt >= time)
            _ = try? state.decide(
                Command(name: "auction.close", data: ["auction": 1]), at: Timestamp(microseconds: .min))
            #expect(state.isSound)
        }
    }
}
