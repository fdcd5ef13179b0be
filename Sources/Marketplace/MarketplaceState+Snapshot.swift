import JSON

extension MarketplaceState {
    /// The format that `encoded` writes and `init(decoding:)` reads.
    static let snapshotFormat = 1

    /// The state as JSON: `format`, `nextProductID`, `messageCount`, and `products` by id, each
    /// with its version.
    public func encoded() -> [UInt8] {
        let state: JSONValue = [
            "format": .number(JSONNumber(Self.snapshotFormat)),
            "nextProductID": .number(JSONNumber(nextProductID)),
            "messageCount": .number(JSONNumber(messageCount)),
            "products": .array(productsInOrder.map(\.json)),
        ]
        return state.bytes
    }

    /// Reads what `encoded` wrote, and checks everything the state holds to.
    ///
    /// - Throws: what is wrong: no JSON, another format, a product that breaks a rule.
    public init(decoding bytes: [UInt8]) throws(SnapshotError) {
        let snapshot: JSONValue
        do throws(JSONError) {
            snapshot = try JSONValue(parsing: bytes)
        } catch {
            throw SnapshotError(message: "not JSON: \(error)")
        }
        guard let format = snapshot["format"]?.int else { throw SnapshotError(message: "it names no format") }
        guard format == Self.snapshotFormat else {
            throw SnapshotError(
                message: "its format is \(format), and this version reads format \(Self.snapshotFormat) only")
        }
        guard let nextProductID = snapshot["nextProductID"]?.int, nextProductID >= 1,
            let messageCount = snapshot["messageCount"]?.int, messageCount >= 0,
            let products = snapshot["products"]?.array
        else { throw SnapshotError(message: "nextProductID, messageCount or products is missing or wrong") }
        self.init()
        for (place, json) in products.enumerated() {
            try restore(json, at: place, below: nextProductID)
        }
        restoreCounters(nextProductID: nextProductID, messageCount: messageCount)
    }

    private mutating func restore(_ json: JSONValue, at place: Int, below bound: Int) throws(SnapshotError) {
        guard let object = json.object, let id = object["id"]?.int,
            let version = object["version"]?.number.flatMap({ UInt64($0.text) })
        else { throw SnapshotError(message: "products[\(place)] has no id or no version") }
        guard id >= nextProductID, id < bound else {
            throw SnapshotError(message: "products[\(place)] has the id \(id), out of order or beyond nextProductID")
        }
        var product = Product(id: id, version: version)
        do throws(Refusal) {
            try Product.table.fill(&product, from: object, isNew: true)
        } catch {
            throw SnapshotError(message: "products[\(place)]: \(error.message)")
        }
        guard isFree(product.code, for: id) else {
            throw SnapshotError(message: "products[\(place)] has the code of another product, \"\(product.code)\"")
        }
        insert(product)
    }
}
