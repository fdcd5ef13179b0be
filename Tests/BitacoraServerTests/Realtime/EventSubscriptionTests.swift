import EventLog
import Inspection
import JSON
import Testing
@testable import BitacoraServer

@Suite struct EventSubscriptionTests {
    @Test(
        "since takes every form of a time, in a query and in auth",
        arguments: [("90s", 90), ("2h", 7200), ("1w", 604_800)] as [(String, Int64)])
    func ages(since: String, seconds: Int64) throws {
        let now = Timestamp(microseconds: 1_800_000_000_000_001)
        let start = try EventSubscription(Query("since=\(since)"), now: now).start
        #expect(start == .since(Timestamp(microseconds: now.rawValue - seconds * 1_000_000)))
        let namespace = try #require(LogNamespace("/"))
        let asked = try SocketSubscription(
            namespace: namespace, SocketParameters(auth: ["since": .string(since)], query: Query("")))
        guard case .since = asked.session.start else {
            Issue.record("\(asked.session.start)")
            return
        }
    }

    @Test("the + of a time zone may be left unescaped in an address")
    func zone() throws {
        let escaped = try EventSubscription(Query("since=2026-01-02T03:04:05%2B01:00")).start
        #expect(escaped == .since(try #require(Timestamp("2026-01-02T02:04:05Z"))))
        #expect(try EventSubscription(Query("since=2026-01-02T03:04:05+01:00")).start == escaped)
    }

    @Test(
        "a since that is neither a time nor an age is rejected with the valid forms",
        arguments: ["yesterday", "2y", "1.5h", ""])
    func neither(since: String) {
        let problem = #expect(throws: Problem.self) { try EventSubscription(Query("since=\(since)")) }
        #expect(problem?.field == "since")
        #expect(
            problem?.detail
                == "'\(since)' is not a time; write 2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w"
        )
    }

    @Test("a name with a comma is selected with an escaped comma in text, and unchanged in an array")
    func commas() throws {
        let filter = EventFilter(topics: patterns("a,b", "c"), types: ["x,y"])
        #expect(try EventSubscription(Query(#"topics=a\,b,c&types=x\,y"#)).filter == filter)
        #expect(try EventSubscription(Query("topics=a%5C%2Cb&topics=c&types=x%5C%2Cy")).filter == filter)
        #expect(
            try EventSubscription(Query("topics=a%2Cb")).filter == EventFilter(topics: patterns("a", "b")))
        let namespace = try #require(LogNamespace("/"))
        for auth in [["topics": ["a,b", "c"], "types": ["x,y"]], ["topics": #"a\,b,c"#, "types": #"x\,y"#]]
            as [JSONValue]
        {
            let asked = try SocketSubscription(namespace: namespace, SocketParameters(auth: auth, query: Query("")))
            #expect(asked.filter == filter)
        }
    }

    @Test(
        "a type that no event can have is rejected in a query and over Socket.IO, with the valid form",
        arguments: [
            ("*", "contains '*', and only topics can be patterns"), ("bid.*", "contains '*'"),
            ("bid.placed\n", "contains a control character"),
            (String(repeating: "t", count: 128), "is 128 bytes long, and a type has at most 127"),
        ])
    func types(type: String, reason: String) throws {
        let query = Query("types=bid.placed,\(type.replacing("\n", with: "%0A"))")
        let auth: JSONValue = ["types": ["bid.placed", .string(type)]]
        let namespace = try #require(LogNamespace("/"))
        let asked = #expect(throws: Problem.self) { try EventSubscription(query) }
        let askedOfSocket = #expect(throws: Problem.self) {
            try SocketSubscription(namespace: namespace, SocketParameters(auth: auth, query: Query("")))
        }
        for problem in [asked, askedOfSocket] {
            #expect(problem?.field == "types")
            #expect(problem?.detail.hasPrefix("'\(type.prefix(64))' \(reason)") == true)
            #expect(
                problem?.detail.hasSuffix(
                    "; write each type in full, such as bid.placed, or leave the types out to select all") == true)
        }
    }

    @Test("after and since exclude each other")
    func both() {
        let problem = #expect(throws: Problem.self) { try EventSubscription(Query("after=1&since=1h")) }
        #expect(problem?.field == "since")
        #expect(problem?.detail == "'1h' is given together with after; give after or since, not both")
    }
}
