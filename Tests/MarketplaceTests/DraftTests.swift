import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("What is said in the chat")
struct DraftTests {
    @Test("a draft is a text of at most 4,096 characters, and perhaps a name")
    func drafts() throws {
        let draft = try Draft(["text": "Hello", "user": "Inés"])
        #expect((draft.text, draft.user) == ("Hello", "Inés"))
        #expect(try Draft(["text": ""]).text == "")
        #expect(try Draft(["text": .string(String(repeating: "⚓", count: 4_096))]).user == nil)
    }

    @Test(
        "what is none is refused with its field",
        arguments: [
            ([:], "missing", "text"), (["text": 7], "invalid", "text"), ("Hello", "invalid", nil),
            (["text": "", "user": ""], "invalid", "user"),
            (["text": .string(String(repeating: "x", count: 4_097))], "invalid", "text"),
            (["text": "", "socket": "me"], "unknown-field", "socket"),
        ] as [(JSONValue, String, String?)])
    func refusals(data: JSONValue, code: String, field: String?) throws {
        let refusal = try #require(throws: Refusal.self) { try Draft(data) }
        #expect((refusal.code.rawValue, refusal.field) == (code, field))
    }

    @Test("who joins may say a name and nothing else")
    func attendance() throws {
        #expect(try Attendance([:]).user == nil)
        #expect(try Attendance(["user": "Inés"]).user == "Inés")
        #expect(throws: Refusal.self) { try Attendance(["text": "x"]) }
        #expect(throws: Refusal.self) { try Attendance(["user": .string(String(repeating: "u", count: 65))]) }
    }

    @Test("an event is a message where the state counts it as one")
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
