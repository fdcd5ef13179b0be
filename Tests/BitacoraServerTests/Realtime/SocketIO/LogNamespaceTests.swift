import EventLog
import Testing
@testable import BitacoraServer

@Suite struct LogNamespaceTests {
    @Test("a namespace is the whole log, or a topic after a slash", arguments: ["/", "/chat", "/chat/room-1", "/é"])
    func accepting(name: String) {
        #expect(LogNamespace(name)?.name == name)
    }

    @Test(
        "a pattern or text that is not a topic is not a namespace",
        arguments: ["", "chat", "//", "/chat/", "/*", "/chat/**", "/chat/*", "/a//b"])
    func refusing(name: String) {
        #expect(LogNamespace(name) == nil)
    }

    @Test("a namespace has its topic and the topics below, filtered as the client asks")
    func filtering() throws {
        let chat = try #require(LogNamespace("/chat"))
        #expect(
            try chat.filter(topics: [], types: ["a"]) == EventFilter(topics: patterns("chat", "chat/**"), types: ["a"]))
        #expect(
            try chat.filter(topics: patterns("chat/x", "chat/*"), types: [])
                == EventFilter(topics: patterns("chat/x", "chat/*")))
        let all = try #require(LogNamespace("/"))
        #expect(try all.filter(topics: [], types: []) == .all)
        #expect(
            try all.filter(topics: patterns("chat", "x/**"), types: []) == EventFilter(topics: patterns("chat", "x/**"))
        )
    }

    @Test("topics that only look alike are different")
    func comparingBytes() throws {
        let composed = try #require(LogNamespace("/caf\u{E9}"))
        #expect(throws: Problem.self) { try composed.filter(topics: patterns("cafe\u{301}"), types: []) }
    }

    @Test(
        "topics outside of the namespace are rejected, also those that only look alike",
        arguments: [
            "products", "**", "*", "chats", "chats/x", "cha",
        ])
    func confining(topic: String) throws {
        let chat = try #require(LogNamespace("/chat"))
        let problem = #expect(throws: Problem.self) { try chat.filter(topics: patterns(topic), types: []) }
        #expect(problem?.field == "topics" && problem?.detail.contains("chat/**") == true)
    }
}
