import HTTPTypes
import Testing
@testable import BitacoraServer

@Suite struct QueryTests {
    @Test(
        "values are decoded like those of a form",
        arguments: [
            ("a=1", "1"), ("a=x+y", "x y"), ("a=%2C%2f", ",/"), ("a=%C3%A9", "é"), ("a=100%", "100%"), ("a=%zz", "%zz"),
            ("a=%2", "%2"),
            ("a=b=c", "b=c"), ("a", ""), ("a=", ""), ("b=2&a=1&a=3", "1"), ("&&a=1&", "1"), ("%61=1", "1"),
            ("a=%F", "%F"), ("a=%+1", "% 1"),
        ])
    func decoding(text: String, value: String) {
        #expect(Query(text)["a"] == value)
    }

    @Test("an absent name has no value", arguments: ["", "b=1", "A=1", "aa=1"])
    func absent(text: String) {
        #expect(Query(text)["a"] == nil)
    }

    @Test(
        "the query of a target begins after the first question mark",
        arguments: [
            ("/api/events?after=3", "3"), ("/api/events?after=3?4", "3?4"), ("/api/events", nil), ("/api/events?", nil),
        ])
    func target(target: String, after: String?) {
        #expect(Query(ofTarget: target)["after"] == after)
    }

    @Test(
        "a list is given with commas, again, or both",
        arguments: [
            ("t=a,b", ["a", "b"]), ("t=a&t=b", ["a", "b"]), ("t=a,b&t=c", ["a", "b", "c"]), ("t=a%2Cb", ["a", "b"]),
            ("t=,,a,", ["a"]), (#"t=a\,b,c"#, ["a,b", "c"]), ("t=a%5C%2Cb", ["a,b"]),
            ("t=", []), ("u=a", []),
        ])
    func lists(text: String, list: [String]) {
        #expect(Query(text).list("t") == list)
    }

    @Test("in an address of the API a misspelt name is rejected with the right name; other names are ignored")
    func misspelt() throws {
        try Query("a=1&topics=2&utm_source=x&fbclid=y&_=z&colour=red").rejectMisspellings(of: ["topics", "after"])
        let problem = #expect(throws: Problem.self) {
            try Query("topcs=a").rejectMisspellings(of: ["topics", "after"])
        }
        #expect(problem?.status == .badRequest)
        #expect(problem?.field == "topcs")
        #expect(problem?.detail == "'topcs' is not a parameter; did you mean 'topics'?")
    }

    @Test("in a form an unknown name is rejected")
    func unknown() throws {
        try Query("a=1&b=2").rejectNames(besides: ["a", "b"])
        let problem = #expect(throws: Problem.self) { try Query("a=1&colour=red").rejectNames(besides: ["a"]) }
        #expect(problem?.status == .badRequest)
        #expect(problem?.field == "colour")
    }
}
