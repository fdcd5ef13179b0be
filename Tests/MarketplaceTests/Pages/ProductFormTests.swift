import HTTPTypes
import JSON
import Testing
import BitacoraServer
@testable import Marketplace

@Suite struct ProductFormTests {
    private func data(_ query: String) throws -> JSONObject { try ProductForm(Query(query)).data() }

    @Test(
        "numbers are read as HTML writes them; other text and an empty field are refused",
        arguments: [
            ("9.50", JSONValue.number(JSONNumber("9.50")!)), ("007", .number(JSONNumber(7))),
            (".5", .number(JSONNumber("0.5")!)),
            ("0", .number(JSONNumber(0))), ("00", .number(JSONNumber(0))), ("-1", .number(JSONNumber(-1))),
            ("+3+", .number(JSONNumber(3))),
            ("1,50", nil), ("abc", nil), ("0x1", nil), ("", nil), ("++", nil), ("1e", nil),
        ] as [(String, JSONValue?)])
    func numbers(text: String, value: JSONValue?) throws {
        if let value {
            #expect(try data("price=\(text)&stock=0")["price"] == value)
        } else {
            let problem = #expect(throws: Problem.self) { try data("price=\(text)&stock=0") }
            #expect(problem?.field == "price")
        }
    }

    @Test("pictures are one per line, spaces at the ends are removed, and a checkbox that is not checked is not sent")
    func fields() throws {
        let data = try data(
            "title=++&code=+A+&price=1&stock=0&thumbnails=%2Fa.png%0D%0A%0D%0A+%2Fb.png+&description=a%0D%0Ab")
        #expect(data["title"] == "" && data["code"] == "A" && data["status"] == .bool(false))
        #expect(data["thumbnails"] == ["/a.png", "/b.png"] && data["description"] == "a\nb")
        #expect(try self.data("price=1&stock=0&status=on")["status"] == .bool(true))
    }

    @Test("a field that the form does not have is refused")
    func unknown() {
        let problem = #expect(throws: Problem.self) { try ProductForm(Query("title=A&colour=red")) }
        #expect(problem?.status == .badRequest && problem?.field == "colour")
    }
}
