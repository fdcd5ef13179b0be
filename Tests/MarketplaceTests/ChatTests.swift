import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("Messages, drafts and joining")
struct ChatTests {
    @Test("a draft is a text of at most 4,096 characters, and perhaps a name")
    func drafts() throws {
        let draft = try DraftUpdate(["text": "Hello", "user": "Inés"])
        #expect((draft.text, draft.user) == ("Hello", "Inés"))
        #expect(try DraftUpdate(["text": ""]).text == "")
        #expect(try DraftUpdate(["text": .string(String(repeating: "⚓", count: 4_096))]).user == nil)
    }

    @Test(
        "invalid data of a draft are refused with the field",
        arguments: [
            ([:], "missing", "text"), (["text": 7], "invalid", "text"), ("Hello", "invalid", nil),
            (["text": "", "user": ""], "invalid", "user"),
            (["text": .string(String(repeating: "x", count: 4_097))], "invalid", "text"),
            (["text": "", "socket": "me"], "unknown-field", "socket"),
        ] as [(JSONValue, String, String?)])
    func refusals(data: JSONValue, code: String, field: String?) throws {
        let refusal = try #require(throws: Refusal.self) { try DraftUpdate(data) }
        #expect((refusal.code.rawValue, refusal.field) == (code, field))
    }

    @Test("a request to join has a name or nothing")
    func joinRequests() throws {
        #expect(try JoinRequest([:]).user == nil)
        #expect(try JoinRequest(["user": "Inés"]).user == "Inés")
        #expect(throws: Refusal.self) { try JoinRequest(["text": "x"]) }
        #expect(throws: Refusal.self) { try JoinRequest(["user": .string(String(repeating: "u", count: 65))]) }
    }

    @Test("an event is shown as a message exactly if the state counts it")
    func messages() throws {
        let data: [JSONValue] = [
            ["socket": "a", "user": "Inés", "text": "Hello"], ["text": "x"], ["socket": 7, "text": "x"], ["text": 7],
            ["text": " "], [1], .null,
        ]
        var state = MarketplaceState()
        for (index, data) in data.enumerated() {
            let before = state.messageCount
            state.apply(
                offset: UInt64(index + 1), time: Timestamp(microseconds: 0), topic: MarketplaceTopic.chat,
                type: MarketplaceEventType.messagePosted, data: data.bytes)
            #expect((PostedMessage(data) != nil) == (state.messageCount > before), "\(data)")
        }
        let message = try #require(PostedMessage(data[0]))
        #expect((message.socket, message.user, message.text) == ("a", "Inés", "Hello"))
        #expect(PostedMessage(data[2])?.socket == nil)
    }
}

@Suite struct DraftBudgetTests {
    private let start = ContinuousClock.now

    @Test("the last draft may take more than is left, and the next one waits until the bucket is filled above zero")
    func taking() {
        var budget = DraftBudget(at: start)
        let taken = (0..<5).map { _ in budget.take(300, at: start) }
        #expect(taken == [true, true, true, true, false])
        let next = budget.nextSend
        #expect(next > start && next < start + .milliseconds(7))
        let early = budget.take(300, at: start + .milliseconds(6))
        #expect(!early)
        let inTime = budget.take(300, at: next)
        #expect(inTime)
    }

    @Test("a long pause fills the bucket no further than its maximum")
    func resting() {
        var budget = DraftBudget(at: start)
        let later = start + .seconds(3600)
        var drafts = 0
        while budget.take(100, at: later) { drafts += 1 }
        #expect(drafts == DraftBudget.maximum / 100)
    }

    @Test("the long-term rate is `perSecond`, whatever the size of the chat", arguments: [0, 1, 10, 500, 20_000])
    func rate(present: Int) {
        var budget = DraftBudget(at: start)
        var (now, deliveries) = (start, 0)
        let end = start + .seconds(20)
        while now < end {
            while budget.take(present, at: now) { deliveries += max(1, present) }
            now = budget.nextSend
        }
        let allowed = 20 * DraftBudget.perSecond + DraftBudget.maximum
        #expect(deliveries <= allowed + present)
        #expect(deliveries >= 20 * DraftBudget.perSecond - present)
    }
}
