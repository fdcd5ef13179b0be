import EventLog
import Inspection
import JSON
import Testing
@testable import BitacoraServer

@Suite struct SocketSubscriptionTests {
    private static func asked(
        _ auth: JSONValue, _ query: String = "", _ namespace: String = "/"
    ) throws -> SocketSubscription {
        try SocketSubscription(
            namespace: #require(LogNamespace(namespace)), SocketParameters(auth: auth, query: Query(query)))
    }

    @Test("the default is everything from the start, with recovery")
    func saysNothing() throws {
        for auth in [[:], ["token": "t", "after": nil], .null] as [JSONValue] {
            let asked = try Self.asked(auth, "EIO=4&transport=polling")
            #expect(asked.session.start == .start && asked.filter == .all && asked.session.wantsRecovery)
            #expect(asked.session.pid == nil && asked.session.offset == nil)
        }
    }

    @Test(
        "the start of a subscription",
        arguments: [
            (["after": 17], .offset(17)), (["after": "17"], .offset(17)), (["after": "live"], .live),
            (["after": "-3"], .last(3)),
            (["after": -3], .last(3)),
            (["after": "00000000000000ff:2"], .position(Position(log: LogID(rawValue: 255), offset: 2))),
            (["since": 0], .since(Timestamp(microseconds: 0))),
            (["since": "1970-01-01T00:00:01Z"], .since(Timestamp(microseconds: 1_000_000))),
        ] as [(JSONValue, StartPoint)])
    func starts(auth: JSONValue, start: StartPoint) throws {
        #expect(try Self.asked(auth).session.start == start)
    }

    @Test("which events, as arrays or as text with commas")
    func filters() throws {
        let filter = EventFilter(topics: patterns("a", "b/*"), types: ["x", "y"])
        #expect(try Self.asked(["topics": ["a", "b/*"], "types": ["x", "y"]]).filter == filter)
        #expect(try Self.asked(["topics": "a,b/*", "types": "x,y"]).filter == filter)
        #expect(try Self.asked([:], "topics=a&topics=b/*&types=x%2Cy").filter == filter)
        #expect(try Self.asked([:], "", "/chat").filter == EventFilter(topics: patterns("chat", "chat/**")))
    }

    @Test("auth takes precedence over the query")
    func precedence() throws {
        let asked = try Self.asked(
            ["after": 3, "topics": ["a"], "recovery": true, "pid": "p", "offset": "o"],
            "after=9&topics=b&recovery=false&pid=q&offset=r")
        #expect(
            asked.session.start == .offset(3) && asked.filter == EventFilter(topics: patterns("a"))
                && asked.session.wantsRecovery)
        #expect(asked.session.pid == "p" && asked.session.offset == "o")
        #expect(try !Self.asked([:], "recovery=false").session.wantsRecovery)
    }

    @Test(
        "a value that is not valid is rejected with its name",
        arguments: [
            (["after": "soon"], "after"), (["after": true], "after"), (["after": ["a"]], "after"),
            (["after": "1.5"], "after"),
            (["since": "yesterday"], "since"), (["after": 1, "since": 0], "since"), (["topics": 3], "topics"),
            (["topics": ["a", 3]], "topics"),
            (["topics": "a//b"], "topics"), (["types": ["x": 1]], "types"), (["recovery": "no"], "recovery"),
            (["pid": [1]], "pid"),
            (["offset": ["a": 1]], "offset"), (["topic": "a"], "topic"), (["type": "a"], "type"),
            (["Topics": "a"], "Topics"), (["topcs": "a"], "topcs"), (["tpyes": ["a"]], "tpyes"),
            (["recover": false], "recover"),
        ] as [(JSONValue, String)])
    func refusing(auth: JSONValue, field: String) {
        let problem = #expect(throws: Problem.self) { try Self.asked(auth) }
        #expect(problem?.field == field)
    }

    @Test("a misspelt name in the query is rejected, too; other names are ignored")
    func misspeltInQuery() throws {
        let problem = #expect(throws: Problem.self) { try Self.asked([:], "EIO=4&transport=polling&t=x&topcs=a") }
        #expect(problem?.field == "topcs")
        #expect(try Self.asked(["token": "t", "user": "u"], "EIO=4&t=x&utm_source=a&_=1").filter == .all)
    }

    @Test("a filter with too many patterns is rejected")
    func bounded() {
        let many = JSONValue.array((0...EventFilter.maximumCount).map { .string("t\($0)") })
        #expect(#expect(throws: Problem.self) { try Self.asked(["topics": many]) }?.field == "topics")
        #expect(#expect(throws: Problem.self) { try Self.asked(["types": many]) }?.field == "types")
    }
}
