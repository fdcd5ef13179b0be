import EventLog
import HTTPTypes
import Testing
@testable import BitacoraServer

@Suite struct LogFilterTests {
    private static let now = Timestamp("2026-01-02T12:00:00Z")

    @Test("an empty form selects all events, and the page shows new ones")
    func empty() throws {
        let filter = try LogFilter(Query("topic=&type=&source=&id=&grep=&from=&to=&since=&until="))
        #expect(filter.isLive && !filter.isNarrowed)
        #expect(filter.address() == "/log")
        #expect(filter.address(before: 7) == "/log?before=7")
    }

    @Test("an address is read as the filter that it was made from")
    func address() throws {
        let query =
            "topic=auctions%2F*%2Cchat&type=bid.placed&grep=%C3%A9%26%22&source=a+b&from=3&to=9&since=2026-01-01&id=x%2By"
        let filter = try LogFilter(Query(query))
        let again = try LogFilter(Query(ofTarget: filter.address()))
        #expect(again.values == filter.values)
        #expect(again.values["grep"] == "é&\"" && again.id == "x+y" && again.sources == ["a b"])
        #expect(again.events == filter.events)
    }

    @Test("a topic or type with a comma can be requested, and is escaped in the form and in the address")
    func commas() throws {
        let filter = try LogFilter(Query(#"topic=a\,b,c&type=x\,y"#))
        #expect(filter.events == EventFilter(topics: patterns("a,b", "c"), types: ["x,y"]))
        #expect(filter.values["topic"] == #"a\,b,c"#)
        #expect(try LogFilter(Query(ofTarget: filter.address())).events == filter.events)
    }

    @Test(
        "times are dates, instants, seconds or ages",
        arguments: [
            ("2026-01-01", "2026-01-01T00:00:00Z"), ("2026-01-01T10:00:00%2B02:00", "2026-01-01T08:00:00Z"),
            ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00Z"),
            ("1767225600", "2026-01-01T00:00:00Z"),
            ("90s", "2026-01-02T11:58:30Z"), ("2h", "2026-01-02T10:00:00Z"), ("1w", "2025-12-26T12:00:00Z"),
        ])
    func times(text: String, expected: String) throws {
        let now = try #require(Self.now)
        #expect(try LogFilter(Query("since=\(text)&until=\(text)"), now: now).since == Timestamp(expected))
    }

    @Test(
        "the error of a value that is not valid names its field",
        arguments: [
            ("topic=a**", "topic"), ("topic=/a", "topic"), ("from=x", "from"), ("to=-1", "to"), ("from=9&to=3", "to"),
            ("since=soon", "since"),
            ("until=25:00", "until"), ("before=1&after=1", "after"), ("before=x", "before"),
            ("grep=\(String(repeating: "g", count: 257))", "grep"), ("id=\(String(repeating: "i", count: 5000))", "id"),
            ("type=\((1...65).map(String.init).joined(separator: ","))", "type"),
            ("source=\((1...65).map(String.init).joined(separator: ","))", "source"),
            ("type=bid.*", "type"), ("topic=a%0A", "topic"),
            ("topic=\((1...65).map(String.init).joined(separator: ","))", "topic"),
        ])
    func faults(query: String, field: String) {
        let problem = #expect(throws: Problem.self) { try LogFilter(Query(query)) }
        #expect(problem?.field == field)
        #expect(problem?.status == .badRequest)
    }

    @Test("a page of old events does not show new events", arguments: ["before=3", "after=3", "to=3", "until=1h"])
    func past(query: String) throws {
        #expect(try !LogFilter(Query(query)).isLive)
    }
}
