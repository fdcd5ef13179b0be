import Handlebars
import Testing
@testable import BitacoraServer

@Suite struct PageHelperTests {
    @Test(
        "url encodes all but the unreserved characters, so that the text is one part of an address",
        arguments: [
            ("{{url key}}", "a%2Fb%20%3F%23%26%3D%25%2B%C3%B1"), ("/x?q={{url 'a&b' number}}", "/x?q=a%26b7"),
            ("{{url 'a-._~Z9'}}", "a-._~Z9"), ("{{url missing}}", ""), ("{{url none}}", ""),
            // Without an argument it is the field.
            ("{{url}}", "https://a.example/?b"), ("{{this.url}}", "https://a.example/?b"),
            ("{{#if url}}yes{{/if}}", "yes"),
        ])
    func url(_ template: String, _ output: String) throws {
        let context: Value = [
            "key": "a/b ?#&=%+ñ", "number": 7, "none": .null, "url": .string("https://a.example/?b"),
        ]
        let bytes = try Template(template, name: "page").render(
            context, helpers: BitacoraServer.pageHelpers(try Assets([])))
        #expect(String(decoding: bytes, as: UTF8.self) == output)
    }

    @Test("every helper of the pages is known to the checks of templates")
    func names() throws {
        #expect(Set(BitacoraServer.pageHelpers(try Assets([])).names) == BitacoraServer.helpers)
    }
}
