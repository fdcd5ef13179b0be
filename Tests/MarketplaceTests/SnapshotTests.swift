import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("Snapshots")
struct SnapshotTests {
    @Test("a snapshot is this JSON, and reads back as the state")
    func format() throws {
        var state = MarketplaceState()
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "A")), at: 1)
        _ = try state.perform(Command(name: "message.post", data: ["text": "x"]), at: 2)
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "B")), at: 3)
        _ = try state.perform(Command(name: "product.delete", data: ["id": 2]), at: 4)
        let product =
            #"{"id":1,"title":"A compass","description":"","code":"A","price":5,"status":true,"#
            + #""stock":0,"category":"","thumbnails":[],"version":1}"#
        let text = #"{"format":1,"nextProductID":3,"messageCount":1,"products":[\#(product)]}"#
        #expect(String(decoding: state.encoded(), as: UTF8.self) == text)
        #expect(try MarketplaceState(decoding: Array(text.utf8)) == state)
    }

    @Test(
        "a snapshot that breaks a rule is refused with a sentence",
        arguments: [
            ("", "not JSON: line 1, column 1: expected a value, found the end of the text"),
            ("[]", "format is missing; it must be 1 or 2"),
            (#"{"format":3}"#, "format is 3, but this version reads formats 1 and 2 only"),
            (#"{"format":0}"#, "format is 0, but this version reads formats 1 and 2 only"),
            (#"{"format":1}"#, "nextProductID, messageCount or products is missing or invalid"),
            (
                #"{"format":1,"nextProductID":0,"messageCount":0,"products":[]}"#,
                "nextProductID, messageCount or products is missing or invalid"
            ),
            (snapshot("7"), "products[0] has no id or no version"),
            (snapshot(#"{"id":1,"title":"t","code":"A","price":1}"#), "products[0] has no id or no version"),
            (
                snapshot(product(id: 9, code: "A")),
                "products[0] has the id 9, which is out of order or not below nextProductID 3"
            ),
            (
                snapshot(product(id: 2, code: "A") + "," + product(id: 1, code: "B")),
                "products[1] has the id 1, which is out of order or not below nextProductID 3"
            ),
            (
                snapshot(product(id: 1, code: "A") + "," + product(id: 2, code: "A")),
                "products[1] has the code \"A\", which an earlier product has"
            ),
            (
                snapshot(product(id: 1, code: "")),
                "products[0]: code must be a string of 1 to 64 characters without control characters, not an empty string"
            ),
        ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: SnapshotError.self) { try MarketplaceState(decoding: Array(text.utf8)) }
        #expect(error?.message == message)
    }

    private static func snapshot(_ products: String) -> String {
        #"{"format":1,"nextProductID":3,"messageCount":0,"products":[\#(products)]}"#
    }

    private static func product(id: Int, code: String) -> String {
        #"{"id":\#(id),"title":"t","code":"\#(code)","price":1,"version":\#(id)}"#
    }
}

@Suite("Snapshots with auctions")
struct AuctionSnapshotTests {
    private static let head =
        #"{"format":2,"nextProductID":3,"messageCount":0,"products":[{"id":1,"title":"t","code":"A","price":1,"version":1},"#
        + #"{"id":2,"title":"t","code":"B","price":1,"version":2}],"auctions":["#

    /// An auction of 60 seconds from second 0 on, as a snapshot has it.
    private static func auction(
        id: Int = 1, product: Int = 1, closedAt: String = "null", bidCount: Int = 1,
        bids: String = #"{"amount":10,"bidder":"Ana","time":1000000,"offset":4}"#
    ) -> String {
        #"{"id":\#(id),"product":\#(product),"startPrice":10,"minimumStep":0.5,"seconds":60,"openedAt":0,"#
            + #""closedAt":\#(closedAt),"bidCount":\#(bidCount),"bids":[\#(bids)],"version":4}"#
    }

    @Test("an auction is this JSON in a snapshot, and reads back as it was")
    func format() throws {
        var state = try MarketplaceState.withTwoProducts()
        let zero = Timestamp(microseconds: 0)
        _ = try state.perform(Command(name: "auction.open", data: Samples.auction), at: 3, time: zero)
        let bid = Command(name: "bid.place", data: ["auction": 1, "amount": 10, "bidder": "Ana"])
        _ = try state.perform(bid, at: 4, time: zero + 1)
        #expect(String(decoding: state.encoded(), as: UTF8.self).hasSuffix(#""auctions":["# + Self.auction() + "]}"))
        #expect(try MarketplaceState(decoding: state.encoded()) == state)
        _ = try state.perform(Command(name: "auction.close", data: ["auction": 1]), at: 5, time: zero + 60)
        #expect(try MarketplaceState(decoding: state.encoded()) == state)
    }

    @Test("without auctions a snapshot is of format 1, which earlier versions wrote and read")
    func formatOne() throws {
        let state = try MarketplaceState.withTwoProducts()
        #expect(String(decoding: state.encoded(), as: UTF8.self).hasPrefix(#"{"format":1,"#))
        #expect(try MarketplaceState(decoding: state.encoded()) == state)
    }

    @Test(
        "a snapshot whose auctions break a rule is refused with a sentence",
        arguments: [
            ("7", "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(id: 2), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(bidCount: 2), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(bidCount: -1, bids: ""), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(product: 3), "auctions[0] is open: there is no product 3"),
            (
                auction() + "," + auction(id: 2),
                "auctions[1] is open: product 1 is in open auction 1; try again after the auction has closed"
            ),
            (
                auction(closedAt: "59000000"),
                "auctions[0] is invalid: auction 1 accepts bids for 1 more second; the server closes it after that time"
            ),
            (
                auction(bids: #"{"amount":9,"bidder":"Ana","time":1,"offset":4}"#),
                "auctions[0] is invalid: amount must be 10 or more, not 9: 10 is the starting price of auction 1"
            ),
            (
                auction(bids: #"{"amount":10,"bidder":"Ana","time":60000000,"offset":4}"#),
                "auctions[0] is invalid: auction 1 accepts no more bids; there were no bids"
            ),
            (
                auction(bids: #"{"amount":10,"bidder":"Ana","offset":4}"#),
                "auctions[0] is invalid: auction 1 accepts no more bids; there were no bids"
            ),
            (auction(bids: #"{"amount":10,"bidder":"Ana","time":1}"#), "auctions[0] is invalid: a bid has no offset"),
        ])
    func refuses(auctions: String, message: String) {
        let error = #expect(throws: SnapshotError.self) {
            try MarketplaceState(decoding: Array((Self.head + auctions + "]}").utf8))
        }
        #expect(error?.message == message)
    }

    @Test(
        "a product can be in other auctions after an auction of it has closed",
        arguments: [
            auction() + "," + auction(id: 2, closedAt: "60000000"),
            auction(closedAt: "60000000") + "," + auction(id: 2),
            auction(product: 9, closedAt: "60000000"),
        ])
    func acceptsClosed(auctions: String) throws {
        let state = try MarketplaceState(decoding: Array((Self.head + auctions + "]}").utf8))
        #expect(state.isSound)
        #expect(try MarketplaceState(decoding: state.encoded()) == state)
    }

    @Test("format 2 without auctions is refused")
    func refusesMissing() {
        let text = #"{"format":2,"nextProductID":1,"messageCount":0,"products":[]}"#
        let error = #expect(throws: SnapshotError.self) { try MarketplaceState(decoding: Array(text.utf8)) }
        #expect(error?.message == "auctions is missing or invalid")
    }
}
