import EventLog
import TestSupport
import Testing

@testable import Inspection

@Suite("filters and parameter names as text")
struct FilterGrammarTests {
    @Test(
        "a list is split at commas; \\, is a comma in a name",
        arguments: [
            ("a,b", ["a", "b"]), ("", []), (",,a,", ["a"]), (#"a\,b"#, ["a,b"]), (#"a\,b,c"#, ["a,b", "c"]),
            (#"a\\,b"#, [#"a\"#, "b"]), (#"a\b"#, [#"a\b"#]), (#"a\\b"#, [#"a\b"#]), (#"a\"#, [#"a\"#]),
            (#"\,"#, [","]), (#"\,,\,"#, [",", ","]), (#"a\\\,b"#, [#"a\,b"#]), ("é,ñ", ["é", "ñ"]),
        ])
    func lists(text: String, names: [String]) {
        #expect(CommaList.names(in: text) == names)
    }

    @Test("a list that was written is read as the same names", arguments: SeededGenerator.seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters = ["a", ",", #"\"#, "é"]
        for _ in 0..<2000 {
            let names = (0..<random.number(0...4)).map { _ in
                (0..<random.number(1...5)).map { _ in letters[random.number(0...3)] }.joined()
            }
            let text = CommaList.text(of: names)
            #expect(CommaList.names(in: text) == names, "seed \(seed): \(text)")
        }
    }

    @Test("the longest type and a type of any other characters are accepted")
    func anyType() throws {
        let types = [String(repeating: "t", count: 127), "compra añadida", "a/b:c#d", "a,b"]
        #expect(try FilterGrammar.types(types, field: "types") == types)
        #expect(try FilterGrammar.topics(["a,b"], field: "topics").map(\.description) == ["a,b"])
    }

    @Test("an error names the field, the value and what to write")
    func errors() {
        let many = (1...65).map(String.init)
        let cases: [(String, () throws -> Void)] = [
            (
                "--topic 'a//b' is not a topic or pattern; write levels as in auctions/42, * for one level, ** for the rest at the end; a comma in a name is written \\,",
                { _ = try FilterGrammar.topics(["x", "a//b"], field: "--topic") }
            ),
            (
                "--type 'a.*' contains '*', and only topics can be patterns; write each type in full, such as bid.placed, or leave the types out to select all",
                { _ = try FilterGrammar.types(["a.*"], field: "--type") }
            ),
            ("source has 65 values; the limit is 64", { _ = try FilterGrammar.sources(many, field: "source") }),
            ("topics has 65 values; the limit is 64", { _ = try FilterGrammar.topics(many, field: "topics") }),
            ("--id '' is not an id; an id has 1 to 255 bytes", { _ = try FilterGrammar.ids([""], field: "--id") }),
            (
                "--grep '' matches every event; give it a text to search for",
                { _ = try FilterGrammar.texts([""], field: "--grep", ignoresCase: false) }
            ),
            (
                "grep is 3 bytes long; the limit is 2",
                { _ = try FilterGrammar.texts(["abc"], field: "grep", ignoresCase: true, maximumBytes: 2) }
            ),
            (
                "from '-1' is not an offset; an offset is a whole number: 0, 1, 2 …",
                { _ = try FilterGrammar.offset("-1", field: "from") }
            ),
        ]
        for (text, parse) in cases {
            let error = #expect(throws: InvalidParameter.self) { try parse() }
            #expect(error?.description == text)
        }
    }

    private static let names = ParameterNames([
        "after", "since", "topics", "types", "recovery", "pid", "offset", "lastEventId", "limit", "wait", "at", "id",
    ])

    @Test(
        "a misspelling is found",
        arguments: [
            ("topcs", "topics"), ("topic", "topics"), ("Topics", "topics"), ("TOPIC", "topics"), ("tpoics", "topics"),
            ("type", "types"), ("typs", "types"), ("sinse", "since"), ("sinces", "since"), ("afer", "after"),
            ("limits", "limit"), ("last-event-id", "lastEventId"), ("last_event_id", "lastEventId"),
            ("lastEventID", "lastEventId"), ("lastEvntIds", "lastEventId"), ("recover", "recovery"), ("PID", "pid"),
            ("offsets", "offset"), ("At", "at"), ("ids", "id"), ("topics[]", "topics"), ("topic[0]", "topics"),
            ("Types[]", "types"), ("after[]", "after"), ("amp;topics", "topics"), ("tpoic", "topics"),
            ("topicsss", "topics"), ("topicFilter", "topics"), ("topic_filter", "topics"),
        ])
    func misspelt(given: String, intended: String) {
        #expect(Self.names.nearest(to: given) == intended)
        let error = #expect(throws: InvalidParameter.self) { try Self.names.check(["after", given]) }
        #expect(error?.field == given)
        #expect(error?.message == "'\(given)' is not a parameter; did you mean '\(intended)'?")
    }

    @Test(
        "known names and names of others are accepted",
        arguments: [
            "after", "topics", "lastEventId", "fbclid", "gclid", "utm_source", "utm_medium", "_", "t", "v", "ts", "sid",
            "EIO", "transport", "b64", "token", "user", "colour", "key", "api_key", "session", "csrf", "ref", "",
            "time", "page", "lang", "since_id", "filter[]",
        ])
    func others(given: String) throws {
        #expect(Self.names.nearest(to: given) == nil)
        try Self.names.check([given])
    }

    @Test("an address without parameters accepts every name")
    func none() throws {
        try ParameterNames([]).check(["topics", "colour"])
    }
}
