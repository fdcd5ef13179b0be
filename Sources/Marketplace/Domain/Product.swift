import Commands
import JSON

/// A product of the marketplace.
struct Product: Sendable, Equatable {
    /// Assigned by the marketplace: 1, 2, 3 …; ids are never reused.
    let id: Int
    /// 1 to 200 characters.
    var title = ""
    /// At most 4,096 characters.
    var description = ""
    /// 1 to 64 characters, without whitespace at the ends and without control characters. No two products have the same
    /// code at the same time. Codes are the same when Swift compares the strings as equal.
    var code = ""
    /// An exact decimal, 0 or more.
    var price = Price.zero
    /// Whether the product is for sale.
    var status = true
    /// The number in stock, 0 to 1,000,000,000.
    var stock = 0
    /// At most 64 characters.
    var category = ""
    /// At most 16 addresses of pictures: http(s) URLs or paths, each of at most 2,048 characters.
    var thumbnails: [String] = []
    /// The offset of the last event that created or changed the product.
    var version: UInt64

    /// Makes a product whose fields are filled afterwards.
    init(id: Int, version: UInt64) {
        self.id = id
        self.version = version
    }

    /// Every field that commands may set, in the order in which they are checked and written.
    static let table = FieldTable<Product>([
        Field("title", \.title, .nonblankText(1...200), isRequired: true),
        Field("description", \.description, .text(0...4_096)),
        Field("code", \.code, .trimmedText(1...64), isRequired: true),
        Field("price", \.price, .price, isRequired: true),
        Field("status", \.status, .boolean),
        Field("stock", \.stock, .integer(0...1_000_000_000)),
        Field("category", \.category, .text(0...64)),
        Field("thumbnails", \.thumbnails, .addresses(atMost: 16, length: 1...2_048)),
    ])

    /// The product as an object: `id`, then the fields, then `version`.
    var json: JSONValue {
        var object = eventData
        object["version"] = .number(JSONNumber(version))
        return .object(object)
    }

    /// The data of `product.created`: `id`, then the fields.
    var eventData: JSONObject {
        var object: JSONObject = ["id": .number(JSONNumber(id))]
        Self.table.write(self, into: &object)
        return object
    }
}

extension Refusal.Code {
    /// Another product has the same code.
    static let duplicate = Refusal.Code("duplicate", .conflict)
    /// The product is in an open auction.
    static let inAuction = Refusal.Code("in-auction", .conflict)
}

extension Refusal {
    static func duplicate(code: String, of product: Int) -> Refusal {
        Refusal(code: .duplicate, message: "code \(code) is already used by product \(product)", field: "code")
    }

    static func notFound(product: Int, field: String = "id") -> Refusal {
        Refusal(code: .notFound, message: "there is no product \(product)", field: field)
    }

    static func inAuction(_ auction: Auction, field: String) -> Refusal {
        Refusal(
            code: .inAuction,
            message:
                "product \(auction.product) is in open auction \(auction.id); try again after the auction has closed",
            field: field)
    }

    /// The refusal of a command that requires another version.
    ///
    /// - Parameter name: the product or auction that has changed, such as `product 7`.
    static func stale(_ name: String, version: UInt64, expected: UInt64) -> Refusal {
        Refusal(
            code: .stale,
            message: "\(name) is at version \(version), not \(expected); "
                + "read it again and send the command with the new version (over HTTP, the ETag)")
    }
}
