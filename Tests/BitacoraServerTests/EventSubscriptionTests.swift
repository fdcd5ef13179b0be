import EventLog
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

    @Test("a since that is neither a time nor an age is refused with what may be written", arguments: ["yesterday", "2y", "1.5h", ""])
    func neither(since: String) {
        let problem = #expect(throws: Problem.self) { try EventSubscription.start(after: nil, since: since) }
        #expect(problem?.field == "since")
        #expect(problem?.detail == "'\(since)' is not a time; write 2026-01-02T03:04:05Z, a date, seconds since 1970, or an age: 90s, 15m, 2h, 3d, 1w")
    }
}
