import JSON
import Testing

@Suite("JSON pointers")
struct JSONPointerTests {
    private static let document: JSONValue = [
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
    ]

    @Test(
        "lead to the values of RFC 6901, section 5",
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
        ])
    func leadsTo(text: String, value: String) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(Self.document[pointer]?.text == value)
        #expect(pointer.description == text)
    }

    @Test("the empty pointer is the whole value")
    func empty() {
        #expect(Self.document[JSONPointer()] == Self.document)
        #expect(JSONPointer("") == JSONPointer())
        #expect(JSONPointer().description.isEmpty)
    }

    @Test(
        "lead nowhere when a member or element does not exist",
        arguments: ["/bar", "/foo/2", "/foo/00", "/foo/+1", "/foo/-1", "/foo/-", "/foo/a", "/foo/0/0", "//", "/foo/"])
    func leadsNowhere(text: String) throws {
        #expect(Self.document[try #require(JSONPointer(text))] == nil)
    }

    @Test(
        "a text with a wrong escape or without a slash is refused", arguments: ["foo", "#/foo", "/~", "/~2", "/a~/b"])
    func refused(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test("steps are escaped in the text and not in the pointer")
    func escapes() {
        let pointer = JSONPointer(["a/b"]).appending("~1").appending("")
        #expect(pointer.description == "/a~1b/~01/")
        #expect(pointer.steps == ["a/b", "~1", ""])
        #expect(JSONPointer(pointer.description) == pointer)
    }

    @Test("steps are compared byte by byte, as keys are")
    func bytes() {
        let (composed, decomposed) = (JSONPointer(["\u{E9}"]), JSONPointer(["e\u{301}"]))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
    }
}
