import EventLog
import Testing

@Suite("Topic pattern") struct TopicPatternTests {
    @Test(
        "matches a topic level by level",
        arguments: [
            ("chat", ["chat"], ["chats", "cha", "chat/a", "Chat"]),
            ("auctions/42", ["auctions/42"], ["auctions", "auctions/421", "auctions/42/bids"]),
            ("*", ["chat", "a"], ["chat/a", "a/b/c"]),
            ("auctions/*", ["auctions/42", "auctions/x"], ["auctions", "auctions/42/bids", "auction/42"]),
            ("*/bids", ["a/bids"], ["bids", "a/b/bids", "a/bid"]),
            ("auctions/*/bids", ["auctions/42/bids"], ["auctions/bids", "auctions/42/43/bids", "auctions/42/bids/1"]),
            ("**", ["chat", "a/b/c"], []),
            ("chat/**", ["chat/a", "chat/a/b"], ["chat", "chats/a"]),
            ("*/**", ["a/b", "a/b/c"], ["a"]),
            ("a/*/**", ["a/b/c", "a/b/c/d"], ["a/b", "a"]),
            ("ñandú/*", ["ñandú/é"], ["nandu/e"]),
        ] as [(String, [String], [String])])
    func matches(text: String, yes: [String], no: [String]) throws {
        let pattern = try #require(TopicPattern(text))
        for topic in yes { #expect(pattern.matches(topic), "\(text) must match \(topic)") }
        for topic in no + [""] { #expect(!pattern.matches(topic), "\(text) must not match \(topic)") }
        #expect(pattern.isExact == !text.contains("*"))
        #expect(pattern.description == text)
    }

    @Test(
        "a text that is not a pattern is nil",
        arguments: [
            "", "/", "a/", "/a", "a//b", "**/a", "a/**/b", "a*", "*a", "a/b*c", "***", "a/***",
            String(repeating: "a", count: 256),
            "chat\n", "a/\u{1F}", "a\u{7F}/*", "a/\u{85}",
        ])
    func refused(text: String) {
        #expect(TopicPattern(text) == nil)
    }
}
