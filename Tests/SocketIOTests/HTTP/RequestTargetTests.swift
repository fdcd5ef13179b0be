@testable import SocketIO
import Testing

@Suite("Request targets")
struct RequestTargetTests {
    @Test(
        "a parameter is found and decoded",
        arguments: [
            ("/p?a=1", "1"), ("/p?b=2&a=1", "1"), ("/p?a=1&a=2", "1"), ("/p?a", ""), ("/p?a=", ""),
            ("/p?a=x%20y+z", "x y z"),
            ("/p?a=%C3%B1", "ñ"), ("/p?a=%", "%"), ("/p?a=%4", "%4"), ("/p?a=%zz", "%zz"), ("/p?a=%FF", "\u{FFFD}"),
            ("/p?&&a=1", "1"), ("/p?a=b=c", "b=c"), ("/p?x?a=1&a=2", "2"),
        ])
    func found(target: String, value: String) { #expect(RequestTarget(target)["a"] == value) }

    @Test("a missing parameter is nil", arguments: ["/p", "/p?", "/p?aa=1", "/a=1", "/p?%61=1", "", "?"])
    func missing(target: String) { #expect(RequestTarget(target)["a"] == nil) }

    @Test("the path ends at the first question mark")
    func path() {
        #expect(RequestTarget("/p/q?a=/?").path == "/p/q")
        #expect(RequestTarget("/p").path == "/p")
    }

    @Test("the items come in their order, names decoded")
    func items() {
        let items = RequestTarget("/p?b=1&%61=2&c").items
        #expect(items.map(\.name) == ["b", "a", "c"])
        #expect(items.map(\.value) == ["1", "2", ""])
    }
}
