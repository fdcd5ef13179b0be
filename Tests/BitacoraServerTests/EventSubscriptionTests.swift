import EventLog
import JSON
import Testing
@testable import BitacoraServer

@Suite struct EventSubscriptionTests {
    @Test(
        "since takes an age before the request, as the command line does",
        arguments: [("90s", 90), ("2h", 7200), ("1w", 604_800)] as [(String, Int64)])
    func ages(since: String, seconds: Int64) throws {
        let now = Timestamp(microseconds: 1_800_000_000_000_001)
        let start = try EventSubscription.start(after: nil, since: since, now: now)
        #expect(start == .since(Timestamp(microseconds: now.rawValue - seconds * 1_000_000)))
    }

    @Test(
        "a since that is neither a time nor an age is refused with what may be written",
        arguments: ["yesterday", "2y", "1.5h", ""])
    func neither(since: String) {
        let problem = #expect(throws: Problem.self) { try EventSubscription.start(after: nil, since: since) }
        #expect(problem?.field == "since")
        #expect(
            problem?.detail
                == "'\(since)' is not a time; write 2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w"
        )
    }

    @Test(
        "a type that no event can have is refused in a query and over Socket.IO, with what to write instead",
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
            try SocketSubscription(namespace: namespace, auth: auth, query: Query(""))
        }
        for problem in [asked, askedOfSocket] {
            #expect(problem?.field == "types")
            #expect(problem?.detail.hasPrefix("'\(type.prefix(64))' \(reason)") == true)
            #expect(
                problem?.detail.hasSuffix(
                    "; write each type in full, such as bid.placed, or leave the types out to select all") == true)
        }
    }

    @Test("the longest type and one of any other characters are taken")
    func anyType() throws {
        let types = [String(repeating: "t", count: 127), "compra añadida", "a/b:c#d"]
        #expect(try EventSubscription.types(types) == types)
    }
}
