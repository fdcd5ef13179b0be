import Commands
import JSON
import Testing
@testable import Marketplace

@Suite("Events that are applied")
struct ApplyingTests {
    @Test(
        "an event that does not fit is skipped",
        arguments: [
            ("products", "product.renamed", #"{"id":1}"#), ("auctions/1", "bid.placed", "{}"), ("", "", ""),
            ("chat", "product.deleted", #"{"id":1}"#), ("products/1", "product.deleted", #"{"id":1}"#),
            ("products", "message.posted", #"{"text":"x"}"#), ("chat", "message.posted", #"{"text":7}"#),
            ("chat", "message.posted", "{}"), ("chat", "message.posted", "\"x\""), ("chat", "message.posted", "\u{0}"),
            ("products", "product.deleted", ""), ("products", "product.deleted", "[1]"),
            ("products", "product.deleted", "{"),
            ("products", "product.deleted", "{}"), ("products", "product.deleted", #"{"id":"1"}"#),
            ("products", "product.deleted", #"{"id":9}"#),
            ("products", "product.deleted", #"{"id":1e99}"#),
            ("products", "product.updated", #"{"id":9,"stock":1}"#),
            ("products", "product.updated", #"{"id":1,"stock":-1}"#),
            ("products", "product.updated", #"{"id":1,"stock":1,"code":"B"}"#),
            ("products", "product.updated", #"{"stock":1}"#),
            ("products", "product.created", #"{"id":3,"title":"t","code":"A","price":1}"#),
            ("products", "product.created", #"{"id":3,"title":"t","code":"C"}"#),
            ("products", "product.created", #"{"title":"t","code":"C","price":1}"#),
            ("products", "product.created", #"{"id":1,"title":"t","code":"C","price":1}"#),
            ("products", "product.created", #"{"id":9223372036854775807,"title":"t","code":"C","price":1}"#),
            (
                "products", "product.created",
                #"{"id":3,"title":"t","code":"C","price":1,"thumbnails":["javascript:x"]}"#
            ),
        ])
    func skips(topic: String, type: String, data: String) throws {
        let before = try MarketplaceState.withTwoProducts()
        var state = before
        state.apply(offset: 9, topic: topic, type: type, data: Array(data.utf8))
        #expect(state == before)
    }

    @Test("members that later versions may add are ignored")
    func ignoresUnknownMembers() throws {
        var state = try MarketplaceState.withTwoProducts()
        state.apply(
            offset: 3, topic: "products", type: "product.created",
            data: Array(#"{"colour":"red","id":3,"title":"t","code":"C","price":1}"#.utf8))
        state.apply(
            offset: 4, topic: "products", type: "product.updated", data: Array(#"{"id":3,"weight":2,"stock":8}"#.utf8))
        #expect(state.product(3)?.stock == 8)
        #expect(state.product(3)?.version == 4)
    }

    @Test("a decided event and its bytes in the log give the same state")
    func decidedEvents() throws {
        let events = try MarketplaceState().decide(Command(name: "product.create", data: Samples.product(code: "A")))
        let event = try #require(events.first)
        var states = Array(repeating: MarketplaceState(), count: 2)
        states[0].apply(offset: 5, event)
        states[1].apply(offset: 5, topic: event.topic, type: event.type, data: event.data.bytes)
        #expect(states[0] == states[1] && states[0].product(1)?.version == 5)
    }

    @Test("a copy of the state does not change with it")
    func isValue() throws {
        let before = try MarketplaceState.withTwoProducts()
        var after = before
        _ = try after.perform(Command(name: "product.delete", data: ["id": 1]), at: 3)
        #expect(before.product(1)?.code == "A")
        #expect(after.product(1) == nil)
    }
}

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
