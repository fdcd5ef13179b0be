import Testing
@testable import Marketplace

@Suite("Topics")
struct TopicTests {
    @Test(
        "the topic of an auction names the auction, and no other topic does",
        arguments: [
            ("auctions/7", 7), ("auctions/07", nil), ("auctions/+7", nil), ("auctions/x", nil),
            ("auctions/7/bids", nil), ("auctions", nil),
            ("auctions/99999999999999999999", nil), ("chat/7", nil), ("", nil),
        ])
    func auctions(topic: String, auction: Int?) {
        #expect(MarketplaceTopic.auction(ofTopic: topic) == auction)
    }
}
