import Commands
import JSON
import Testing
@testable import Marketplace

@Suite("Snapshots")
struct SnapshotTests {
    @Test("a snapshot is this JSON, and reads back as the state")
    func format() throws {
        var state = MarketplaceState()
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "A")), at: 1)
        _ = try state.perform(Command(name: "message.post", data: ["text": "x"]), at: 2)
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "B")), at: 3)
        _ = try state.perform(Command(name: "product.delete", data: ["id": 2]), at: 4)
        let product =
            #"{"id":1,"title":"A compass","description":"","code":"A","price":5,"status":true,"#
            + #""stock":0,"category":"","thumbnails":[],"version":1}"#
        let text = #"{"format":1,"nextProductID":3,"messageCount":1,"products":[\#(product)]}"#
        #expect(String(decoding: state.encoded(), as: UTF8.self) == text)
        #expect(try MarketplaceState(decoding: Array(text.utf8)) == state)
    }

    @Test(
        "a snapshot that breaks a promise is refused with a sentence",
        arguments: [
            ("", "not JSON: line 1, column 1: expected a value, found the end of the text"),
            ("[]", "it names no format"),
            (#"{"format":3}"#, "its format is 3, and this version reads formats 1 and 2 only"),
            (#"{"format":0}"#, "its format is 0, and this version reads formats 1 and 2 only"),
            (#"{"format":1}"#, "nextProductID, messageCount or products is missing or wrong"),
            (
                #"{"format":1,"nextProductID":0,"messageCount":0,"products":[]}"#,
                "nextProductID, messageCount or products is missing or wrong"
            ),
            (snapshot("7"), "products[0] has no id or no version"),
            (snapshot(#"{"id":1,"title":"t","code":"A","price":1}"#), "products[0] has no id or no version"),
            (snapshot(product(id: 9, code: "A")), "products[0] has the id 9, out of order or beyond nextProductID"),
            (
                snapshot(product(id: 2, code: "A") + "," + product(id: 1, code: "B")),
                "products[1] has the id 1, out of order or beyond nextProductID"
            ),
            (
                snapshot(product(id: 1, code: "A") + "," + product(id: 2, code: "A")),
                "products[1] has the code of another product, \"A\""
            ),
            (
                snapshot(product(id: 1, code: "")),
                "products[0]: code must be a string of 1 to 64 characters without control characters, not an empty one"
            ),
        ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: SnapshotError.self) { try MarketplaceState(decoding: Array(text.utf8)) }
        #expect(error?.message == message)
    }

    private static func snapshot(_ products: String) -> String {
        #"{"format":1,"nextProductID":3,"messageCount":0,"products":[\#(products)]}"#
    }

    private static func product(id: Int, code: String) -> String {
        #"{"id":\#(id),"title":"t","code":"\#(code)","price":1,"version":\#(id)}"#
    }
}
