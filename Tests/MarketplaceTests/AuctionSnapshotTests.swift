import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("Snapshots with auctions")
struct AuctionSnapshotTests {
    private static let head =
        #"{"format":2,"nextProductID":3,"messageCount":0,"products":[{"id":1,"title":"t","code":"A","price":1,"version":1},"#
        + #"{"id":2,"title":"t","code":"B","price":1,"version":2}],"auctions":["#

    /// An auction of 60 seconds from second 0 on, as it lies in a snapshot.
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
        "a snapshot whose auctions break a promise is refused with a sentence",
        arguments: [
            ("7", "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(id: 2), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(bidCount: 2), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(bidCount: -1, bids: ""), "auctions[0] is not auction 1, or a part of it is missing"),
            (auction(product: 3), "auctions[0] is open: there is no product 3"),
            (
                auction() + "," + auction(id: 2),
                "auctions[1] is open: product 1 is in auction 1, which is still open; wait until it has closed"
            ),
            (
                auction(closedAt: "59000000"),
                "auctions[0] has a fault: auction 1 takes bids for 1 more second; it closes by itself, and not before"
            ),
            (
                auction(bids: #"{"amount":9,"bidder":"Ana","time":1,"offset":4}"#),
                "auctions[0] has a fault: amount must be 10 or more, not 9: the starting price of auction 1"
            ),
            (
                auction(bids: #"{"amount":10,"bidder":"Ana","time":60000000,"offset":4}"#),
                "auctions[0] has a fault: auction 1 takes no more bids; nobody had bid"
            ),
            (
                auction(bids: #"{"amount":10,"bidder":"Ana","offset":4}"#),
                "auctions[0] has a fault: auction 1 takes no more bids; nobody had bid"
            ),
            (auction(bids: #"{"amount":10,"bidder":"Ana","time":1}"#), "auctions[0] has a fault: a bid has no offset"),
        ])
    func refuses(auctions: String, message: String) {
        let error = #expect(throws: SnapshotError.self) {
            try MarketplaceState(decoding: Array((Self.head + auctions + "]}").utf8))
        }
        #expect(error?.message == message)
    }

    @Test(
        "an auction that has closed does not stand in the way of its product's others",
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
        #expect(error?.message == "auctions is missing or wrong")
    }
}
