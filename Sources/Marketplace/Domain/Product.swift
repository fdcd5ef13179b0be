import Commands
public import JSON

/// Something that is sold.
public struct Product: Sendable, Equatable {
    /// Assigned by the marketplace: 1, 2, 3 …, never reused.
    public let id: Int
    /// 1 to 200 characters.
    public internal(set) var title = ""
    /// At most 4,096 characters.
    public internal(set) var description = ""
    /// 1 to 64 characters, without whitespace at the ends or control characters; no two products
    /// have the same at a time. Codes which Swift calls equal strings are the same.
    public internal(set) var code = ""
    /// An exact decimal, 0 or more.
    public internal(set) var price = Price.zero
    /// Whether it is on sale.
    public internal(set) var status = true
    /// 0 to 1,000,000,000.
    public internal(set) var stock = 0
    /// At most 64 characters.
    public internal(set) var category = ""
    /// At most 16 addresses of pictures: http(s) URLs or paths, 2,048 characters each at most.
    public internal(set) var thumbnails: [String] = []
    /// The offset of the last event that made or changed the product.
    public internal(set) var version: UInt64

    /// A product whose fields are still to be filled.
    init(id: Int, version: UInt64) {
        self.id = id
        self.version = version
    }
}

extension Product {
    /// Every field that commands may set, in the order in which they are checked and written.
    static let table = FieldTable<Product>([
        Field("title", \.title, .writing(1...200), isRequired: true),
        Field("description", \.description, .text(0...4_096)),
        Field("code", \.code, .code(1...64), isRequired: true),
        Field("price", \.price, .price, isRequired: true),
        Field("status", \.status, .flag),
        Field("stock", \.stock, .integer(0...1_000_000_000)),
        Field("category", \.category, .text(0...64)),
        Field("thumbnails", \.thumbnails, .addresses(atMost: 16, length: 1...2_048)),
    ])

    /// The product as an object: `id`, then the fields, then `version`.
    public var json: JSONValue {
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
