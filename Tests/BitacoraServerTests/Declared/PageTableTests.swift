import Declarations
import Testing
@testable import BitacoraServer

@Suite struct PageTableTests {
    private let pages: PageTable

    init() throws {
        let files = [
            "app.json":
                #"{"topics":{"a/{k}":{"b":{}}},"collections":{"a":{"from":"a/*","key":"topic.k","on":{"b":{"put":{"c":"data.c"}}}}},"pages":{"/":{"template":"t"},"/a":{"template":"t"},"/a/{k}":{"template":"t","one":"a"},"/a/{k}/more/x-1":{"template":"t","one":"a"}}}"#,
            "views/t.handlebars": "",
        ]
        pages = PageTable(try ApplicationDefinition(files: files.mapValues { Array($0.utf8) }).pages)
    }

    @Test(
        "a path leads to the page whose route matches it, with the decoded values of its names",
        arguments: [
            ("/", "/", [:]), ("/a", "/a", [:]), ("/a/", "/a", [:]), ("/a/7", "/a/{k}", ["k": "7"]),
            ("/a/b%20c%2Fd", "/a/{k}", ["k": "b c/d"]), ("/a/x/more/x-1", "/a/{k}/more/x-1", ["k": "x"]),
        ])
    func found(_ path: String, _ route: String, _ values: [String: String]) throws {
        let found = try #require(pages.page(at: path))
        #expect(found.page.route.text == route)
        #expect(found.values == values)
    }

    @Test("a path that no route matches leads to no page", arguments: ["/b", "/a/b/c", "/A", "/a/x/more"])
    func missing(_ path: String) {
        #expect(pages.page(at: path)?.page.route.text == nil)
    }
}
