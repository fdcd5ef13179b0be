import Commands
import JSON
import Testing

/// A type with a field for each rule.
private struct Sample: Sendable {
    var text = ""
    var nonblank = ""
    var trimmed = ""
    var count = 0
    var total = 0
    var flag = false
    var note: String?
    var links: [String] = []

    static let table = FieldTable<Sample>([
        Field("text", \.text, .text(0...3)), Field("nonblank", \.nonblank, .nonblankText(1...3), isRequired: true),
        Field("trimmed", \.trimmed, .trimmedText(2...3)), Field("count", \.count, .integer(1...5)),
        Field("total", \.total, .integer(0...Int.max)), Field("flag", \.flag, .boolean),
        Field("note", \.note, .optional(.text(1...3))), Field("links", \.links, .addresses(atMost: 2, length: 1...20)),
    ])
}

@Suite struct FieldRuleTests {
    private static let text = "a string of at most 3 characters"
    private static let nonblank = "a string of 1 to 3 characters with at least one that is not whitespace"
    private static let trimmed = "a string of 2 to 3 characters without control characters"
    private static let links =
        "an array of at most 2 http(s) URLs or paths without a scheme, each of 1 to 20 characters"

    private func refusal(_ object: JSONObject, isNew: Bool = false) throws -> Refusal {
        var sample = Sample()
        return try #require(throws: Refusal.self) { try Sample.table.fill(&sample, from: object, isNew: isNew) }
    }

    @Test(
        "a value that breaks a rule is refused with its field, what is expected and what was sent",
        arguments: [
            ("text", 1, text, "a number"), ("text", nil, text, "null"), ("text", "abcd", text, "4 characters"),
            ("nonblank", "", nonblank, "an empty string"), ("nonblank", " \u{3000}\n", nonblank, "only whitespace"),
            ("trimmed", " \t", trimmed, "an empty string"), ("trimmed", " a ", trimmed, "1 character"),
            ("trimmed", "a\u{7}b", trimmed, "a string with a control character"),
            ("trimmed", "a\u{85}b", trimmed, "a string with a control character"),
            ("count", 0, "a whole number, 1 to 5", "0"), ("count", "1", "a whole number, 1 to 5", "a string"),
            ("count", .number(JSONNumber("1.5")!), "a whole number, 1 to 5", "1.5"),
            ("total", -1, "a whole number, 0 or more", "-1"),
            ("flag", "true", "true or false", "a string"), ("note", nil, "a string of 1 to 3 characters", "null"),
            ("links", "a", links, "a string"), ("links", ["a", "b", "c"], links, "3 elements"),
            ("links", ["a", 1], links, "a number at index 1"), ("links", [""], links, "an empty string at index 0"),
            ("links", ["//host"], links, "\"//host\" at index 0"),
        ] as [(String, JSONValue, String, String)])
    func refuses(field: String, value: JSONValue, expectation: String, found: String) throws {
        let expected = Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
        #expect(try refusal([field: value]) == expected)
    }

    @Test("lengths are counted in Unicode scalars", arguments: ["abc", "e\u{301}x", "😀😀😀", "語"])
    func lengths(text: String) throws {
        var sample = Sample()
        try Sample.table.fill(&sample, from: ["text": .string(text), "nonblank": .string(text)], isNew: true)
        #expect((sample.text, sample.nonblank) == (text, text))
    }

    @Test("values that keep the rules are read and written back")
    func reads() throws {
        var sample = Sample()
        let object: JSONObject = [
            "text": "", "nonblank": " a ", "trimmed": "ab", "count": 5, "total": 0, "flag": true, "note": "n",
            "links": ["https://a", "/b"],
        ]
        try Sample.table.fill(&sample, from: object, isNew: true)
        var result = JSONObject()
        Sample.table.write(sample, into: &result)
        #expect(result == object)
        try Sample.table.fill(&sample, from: ["trimmed": "\t xy\n"], isNew: false)
        #expect(sample.trimmed == "xy")
    }

    @Test("a new value needs the required fields, a changed one does not")
    func required() throws {
        #expect(
            try refusal([:], isNew: true)
                == Refusal(
                    code: .missing, message: "nonblank is missing; it must be \(Self.nonblank)", field: "nonblank"))
        var sample = Sample()
        try Sample.table.fill(&sample, from: ["count": 2], isNew: false)
        #expect(sample.count == 2)
    }

    @Test("the first wrong field in the order of the table is reported")
    func order() throws {
        #expect(try refusal(["flag": 1, "count": 9, "text": 1]).field == "text")
    }

    @Test("data of an event are an object with known fields")
    func data() {
        var sample = Sample()
        #expect(throws: Refusal(code: .invalid, message: "the data of x.y must be an object, not a string")) {
            try Sample.table.fill(&sample, from: "x", of: "x.y")
        }
        let message =
            "x.y has no field \"colour\"; its fields are text, nonblank, trimmed, count, total, flag, note, links"
        #expect(throws: Refusal(code: .unknownField, message: message, field: "colour")) {
            try Sample.table.fill(&sample, from: ["colour": 1], of: "x.y")
        }
    }

    @Test("changes are the fields that differ, without those that are left out")
    func changes() {
        var (old, new) = (Sample(), Sample())
        (old.note, new.count, new.flag) = ("n", 3, true)
        let changes = Sample.table.changes(from: old, to: new)
        #expect(changes.map(\.name) == ["count", "flag"])
        #expect(changes.map(\.value) == [3, true])
    }

    @Test(
        "an address that a browser would execute, or read differently, is refused",
        arguments: [
            "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
            "data:image/png;base64,AA", "vbscript:x", "file:///etc/passwd", "ftp://example.org/a",
            "mailto:a@example.org", "//example.org/a.png", "\\\\example.org\\a", "/\\example.org/a", "https:a.png",
            "https:/a.png", "https://", "https:///a.png", "http://?x", "a b.png", "a\u{A0}b.png", "a\u{0}b", "a:b",
            ":a",
            "%6Aavascript:x", "\u{200B}javascript:x", "httpsx://a", "htt://a", "\u{3000}/a.png", "HTTP:",
        ])
    func refusesAddress(address: String) {
        let rule = FieldRule<[String]>.addresses(atMost: 2, length: 1...100)
        let mismatch = #expect(throws: Mismatch.self) { try rule.read(["/fine.png", .string(address)]) }
        #expect(mismatch?.found == "\"\(address)\" at index 1")
    }

    @Test(
        "paths and http(s) URLs with a host are accepted",
        arguments: [
            "/assets/a.png", "a/b.png", "../a.png", "?x=1:2", "a/b:c", "#a:b", "ñ.png", "https://example.org/a.png",
            "HTTP://example.org", "http://[::1]:8080/a",
        ])
    func acceptsAddress(address: String) throws {
        let rule = FieldRule<[String]>.addresses(atMost: 1, length: 1...100)
        #expect(try rule.read([.string(address)]) == [address])
    }
}
