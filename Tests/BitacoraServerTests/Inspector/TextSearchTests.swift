import EventLog
import Testing
@testable import BitacoraServer

@Suite struct TextSearchTests {
    @Test("text is found as people read it", arguments: [
        (#"{"title":"Lamp"}"#, "lamp", true), (#"{"title":"Lamp"}"#, "LAMP", true), (#"{"title":"Lamp"}"#, "title", true),
        (#"{"title":"Lamp"}"#, #""Lamp""#, true), (#"{"title":"Lamp"}"#, "lamps", false), (#""L\u00e1mpara""#, "lámpara", true),
        (#""Lámpara""#, "lámpara", true), (#""a\"b""#, #"a"b"#, true), (#""a\nb""#, "a\nb", true), (#"{"\u006eame":1}"#, "name", true),
        ("12.50", "12.5", true), ("[1,2]", "1,2", true), ("null", "null", true), ("{}", "x", false), ("\"\"", "a long text", false),
    ])
    func json(data: String, text: String, isFound: Bool) async throws {
        #expect(try await matches(.json(Array(data.utf8)), text) == isFound)
    }

    @Test("in bytes it is looked for as they are")
    func bytes() async throws {
        #expect(try await matches(.bytes([0, 0x4C, 0x61, 0xFF]), "la"))
        #expect(try await !matches(.bytes([0, 0x4C]), "la"))
        #expect(try await !matches(.bytes([]), "l"))
    }

    @Test("what is empty or too long cannot be looked for", arguments: ["", String(repeating: "x", count: 257)])
    func bounds(text: String) {
        #expect(TextSearch(text) == nil)
    }

    private func matches(_ data: EventData, _ text: String) async throws -> Bool {
        try await withLog { log in
            try await log.append(NewEvent(topic: "t", type: "t", data: data))
            let search = try #require(TextSearch(text))
            var found = false
            _ = try log.scan(after: .start) { view in
                found = search.matches(view)
                return false
            }
            return found
        }
    }
}
