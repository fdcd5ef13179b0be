import JSON
import Marketplace

extension MarketplaceState {
    /// Decides and applies, as a writer does; facts get the offsets from `offset` on.
    mutating func perform(_ command: Command, at offset: UInt64) throws(Refusal) -> [Fact] {
        let facts = try decide(command)
        for (place, fact) in facts.enumerated() { apply(offset: offset + UInt64(place), fact) }
        return facts
    }

    /// A state with two products, `A` (id 1, version 1) and `B` (id 2, version 2).
    static func withTwoProducts() throws -> MarketplaceState {
        var state = MarketplaceState()
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "A")), at: 1)
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "B")), at: 2)
        return state
    }

    /// Whether the state holds to what it promises.
    var isSound: Bool {
        let products = productsInOrder
        let owners = Dictionary(uniqueKeysWithValues: Array(productIDs))
        return products.allSatisfy { (1..<nextProductID).contains($0.id) && owners[$0.code] == $0.id }
            && products.count == owners.count
            && Set(products.map(\.code)).count == products.count
            && zip(products, products.dropFirst()).allSatisfy { $0.id < $1.id }
    }
}

enum Samples {
    static func product(code: String) -> JSONValue {
        ["title": "A compass", "code": .string(code), "price": 5]
    }

    static func number(_ text: String) -> JSONValue { .number(JSONNumber(text)!) }

    /// The sample product with a field set; with nil, taken away.
    static func product(_ field: String, _ value: JSONValue?) -> JSONValue {
        var object = product(code: "C").object!
        object[field] = value
        return .object(object)
    }
}
