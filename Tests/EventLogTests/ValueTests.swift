import EventLog
import Testing

@Suite("Offsets, log ids, positions and durabilities as text") struct ValueTests {
    @Test(
        "an offset is decimal digits and nothing else",
        arguments: [
            ("0", 0), ("1", 1), ("007", 7), ("18446744073709551615", UInt64.max),
            ("", nil), ("-0", nil), ("+1", nil), ("-1", nil), (" 1", nil), ("1 ", nil), ("1e3", nil), ("0x1", nil),
            ("١", nil),
            ("18446744073709551616", nil),
        ] as [(String, UInt64?)])
    func offsets(text: String, value: UInt64?) {
        #expect(Offset(text)?.rawValue == value)
    }

    @Test("an offset has a next and a previous one, and nothing comes before the start")
    func neighbours() {
        #expect(Offset(7).next == 8)
        #expect(Offset(7).previous == 6)
        #expect(Offset.start.previous == .start)
        #expect(Offset.start < 1 && Offset(1) < .end)
    }

    @Test(
        "a log id is 16 hexadecimal digits",
        arguments: [
            ("00000000000000ff", 255), ("ffffffffffffffff", UInt64.max), ("0123456789ABCDEF", 0x0123_4567_89AB_CDEF),
            ("", nil), ("ff", nil), ("00000000000000fg", nil), ("-00000000000000f", nil), ("+00000000000000f", nil),
            ("00000000000000ff0", nil), ("0x000000000000ff", nil),
        ] as [(String, UInt64?)])
    func logIDs(text: String, value: UInt64?) {
        #expect(LogID(text)?.rawValue == value)
        if let id = LogID(text) { #expect(LogID(id.description) == id && id.description.utf8.count == 16) }
    }

    @Test(
        "a position is a log id, a colon and an offset",
        arguments: [
            ("00000000000000ff:17", 17), ("00000000000000ff:0", 0),
            ("00000000000000ff", nil), ("00000000000000ff:", nil), (":17", nil), ("00000000000000ff:17:1", nil),
            ("00000000000000ff:-1", nil), ("17", nil), ("", nil), ("00000000000000ff :17", nil),
        ] as [(String, UInt64?)])
    func positions(text: String, offset: UInt64?) {
        #expect(Position(text)?.offset.rawValue == offset)
        if let position = Position(text) { #expect(position.description == text) }
    }

    @Test(
        "a durability is sync, none or interval(MS) with 1 to 60,000",
        arguments: [
            ("sync", .sync), ("none", Durability.none), ("interval(1)", .interval(milliseconds: 1)),
            ("interval(60000)", .interval(milliseconds: 60_000)),
            ("", nil), ("interval", nil), ("interval()", nil), ("interval(0)", nil), ("interval(60001)", nil),
            ("interval(-1)", nil), ("SYNC", nil),
        ] as [(String, Durability?)])
    func durabilities(text: String, durability: Durability?) {
        #expect(Durability(text) == durability)
        if let durability { #expect(durability.description == text) }
    }
}

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
