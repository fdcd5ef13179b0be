import Commands
import JSON
import Testing
@testable import Marketplace

@Suite("Commands that are refused")
struct CommandRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let command: Command
        let code: Refusal.Code
        let field: String?
        let message: String
        var testDescription: String { message }

        init(
            _ name: String, _ data: JSONValue, ifVersion: UInt64? = nil, _ code: Refusal.Code, field: String? = nil,
            _ message: String
        ) {
            command = Command(name: name, data: data, ifVersion: ifVersion)
            self.code = code
            self.field = field
            self.message = message
        }
    }

    static let wholeCommands: [Case] = [
        Case(
            "product.buy", [:], .unknownCommand,
            "there is no command \"product.buy\"; the commands are product.create, product.update, product.delete, message.post, "
                + "auction.open, bid.place, auction.close"),
        Case("product.create", [], .invalid, "the data of product.create must be an object, not an array"),
        Case("message.post", nil, .invalid, "the data of message.post must be an object, not null"),
        Case(
            "product.create", Samples.product(code: "A"), .duplicate, field: "code",
            "code A is already used by product 1"),
        Case(
            "product.create", Samples.product(code: " A "), .duplicate, field: "code",
            "code A is already used by product 1"),
        Case(
            "product.update", ["id": 1, "code": "B"], .duplicate, field: "code",
            "code B is already used by product 2"),
        Case("product.update", ["id": 3], .notFound, field: "id", "there is no product 3"),
        Case("product.delete", ["id": 3], .notFound, field: "id", "there is no product 3"),
        Case(
            "product.update", ["id": 1, "stock": 1], ifVersion: 2, .stale,
            "product 1 is at version 1, not 2; read it again and send the command with the new version (over HTTP, the ETag)"
        ),
        Case(
            "product.delete", ["id": 2], ifVersion: 1, .stale,
            "product 2 is at version 2, not 1; read it again and send the command with the new version (over HTTP, the ETag)"
        ),
        Case(
            "product.create", Samples.product(code: "C"), ifVersion: 1, .invalid,
            "product.create creates an object, which has no version yet; send the command without version 1"),
        Case(
            "message.post", ["text": "x"], ifVersion: 1, .invalid,
            "message.post creates an object, which has no version yet; send the command without version 1"),
        Case(
            "product.create", Samples.product("id", 7), .unknownField, field: "id",
            "product.create has no field \"id\"; its fields are "
                + "title, description, code, price, status, stock, category, thumbnails"),
        Case(
            "product.update", ["id": 1, "version": 1], .unknownField, field: "version",
            "product.update has no field \"version\"; its fields are "
                + "id, title, description, code, price, status, stock, category, thumbnails"),
        Case(
            "product.delete", ["id": 1, "code": "A"], .unknownField, field: "code",
            "product.delete has no field \"code\"; its fields are id"),
        Case(
            "message.post", ["text": "x", "socket": "s1"], .unknownField, field: "socket",
            "message.post has no field \"socket\"; its fields are user, text"),
        Case("product.update", [:], .missing, field: "id", "id is missing; it must be a whole number, 1 or more"),
        Case(
            "product.delete", ["id": "1"], .invalid, field: "id", "id must be a whole number, 1 or more, not a string"),
        Case("product.delete", ["id": 0], .invalid, field: "id", "id must be a whole number, 1 or more, not 0"),
        Case(
            "message.post", [:], .missing, field: "text",
            "text is missing; it must be a string of 1 to 4096 characters with at least one that is not whitespace"),
        Case(
            "message.post", ["text": ""], .invalid, field: "text",
            "text must be a string of 1 to 4096 characters with at least one that is not whitespace, not an empty string"
        ),
        Case(
            "message.post", ["text": " \n\u{3000}"], .invalid, field: "text",
            "text must be a string of 1 to 4096 characters with at least one that is not whitespace, not only whitespace"
        ),
        Case(
            "message.post", ["text": .string(String(repeating: "é", count: 4_097))], .invalid, field: "text",
            "text must be a string of 1 to 4096 characters with at least one that is not whitespace, not 4097 characters"
        ),
        Case(
            "message.post", ["text": "x", "user": ""], .invalid, field: "user",
            "user must be a string of 1 to 64 characters, not an empty string"),
        Case(
            "message.post", ["text": "x", "user": nil], .invalid, field: "user",
            "user must be a string of 1 to 64 characters, not null"),
    ]

    @Test("a command is refused with a code, a field and a sentence", arguments: wholeCommands)
    func refuses(_ testCase: Case) throws {
        let state = try MarketplaceState.withTwoProducts()
        #expect(throws: Refusal(code: testCase.code, message: testCase.message, field: testCase.field)) {
            try state.decide(testCase.command)
        }
    }

    @Test("a new product needs its title, code and price", arguments: ["title", "code", "price"])
    func refusesMissing(field: String) {
        let command = Command(name: "product.create", data: Samples.product(field, nil))
        let refusal = #expect(throws: Refusal.self) { try MarketplaceState().decide(command) }
        #expect(refusal?.code == .missing)
        #expect(refusal?.field == field)
    }

    static let nonblank200 = "a string of 1 to 200 characters with at least one that is not whitespace"
    static let code64 = "a string of 1 to 64 characters without control characters"
    static let price = "a number, 0 or more, with at most 12 digits before and 4 after the decimal point"
    static let stock = "a whole number, 0 to 1000000000"
    static let addresses =
        "an array of at most 16 http(s) URLs or paths without a scheme, each of 1 to 2048 characters"

    static let values: [(field: String, value: JSONValue, expectation: String, found: String)] = [
        ("title", nil, nonblank200, "null"), ("title", 1, nonblank200, "a number"),
        ("title", "", nonblank200, "an empty string"),
        ("title", long(201), nonblank200, "201 characters"), ("title", " \t", nonblank200, "only whitespace"),
        ("description", false, "a string of at most 4096 characters", "a boolean"),
        ("description", long(4_097), "a string of at most 4096 characters", "4097 characters"),
        ("code", [], code64, "an array"), ("code", " \t ", code64, "an empty string"),
        ("code", long(65), code64, "65 characters"),
        ("code", "a\u{7}b", code64, "a string with a control character"),
        ("code", "a\u{85}b", code64, "a string with a control character"),
        ("price", "5", price, "a string"), ("price", -1, price, "-1"),
        ("price", Samples.number("-0.0001"), price, "-0.0001"),
        ("price", Samples.number("0.00001"), price, "0.00001"), ("price", Samples.number("1e12"), price, "1e12"),
        ("price", Samples.number("1000000000000"), price, "1000000000000"),
        ("price", Samples.number("1e-5"), price, "1e-5"),
        ("price", Samples.number("1e999999999999999999999"), price, "1e999999999999999999999"),
        ("price", Samples.number("1.00001"), price, "1.00001"), ("price", nil, price, "null"),
        (
            "price", .number(JSONNumber(String(repeating: "9", count: 100))!), price,
            String(repeating: "9", count: 64) + "…"
        ),
        ("status", 1, "true or false", "a number"), ("status", "true", "true or false", "a string"),
        ("stock", -1, stock, "-1"), ("stock", 1_000_000_001, stock, "1000000001"),
        ("stock", Samples.number("1.5"), stock, "1.5"),
        ("stock", "7", stock, "a string"), ("stock", Samples.number("1e30"), stock, "1e30"),
        ("category", long(65), "a string of at most 64 characters", "65 characters"),
        ("thumbnails", "a.png", addresses, "a string"),
        ("thumbnails", .array(Array(repeating: "a", count: 17)), addresses, "17 elements"),
        ("thumbnails", ["a.png", 1], addresses, "a number at index 1"),
        ("thumbnails", [""], addresses, "an empty string at index 0"),
        ("thumbnails", [long(2_049)], addresses, "2049 characters at index 0"),
    ]

    @Test(
        "a value that breaks its rule is refused with its field, what is expected and what was sent", arguments: values)
    func refusesValue(field: String, value: JSONValue, expectation: String, found: String) throws {
        let state = try MarketplaceState.withTwoProducts()
        let refusal = Refusal(code: .invalid, message: "\(field) must be \(expectation), not \(found)", field: field)
        let creation = Command(name: "product.create", data: Samples.product(field, value))
        #expect(throws: refusal) { try state.decide(creation) }
        let update = Command(name: "product.update", data: .object(["id": 1, field: value]))
        #expect(throws: refusal) { try state.decide(update) }
    }

    private static func long(_ count: Int) -> JSONValue { .string(String(repeating: "é", count: count)) }
}
