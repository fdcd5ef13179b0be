import Commands
import JSON
import TestSupport
@testable import Marketplace

/// Random commands and events, most of them nearly right.
enum RandomCommands {
    static func command(for state: MarketplaceState, using random: inout SeededGenerator) -> Command {
        var version: UInt64?
        if Int.random(in: 0..<6, using: &random) == 0 { version = UInt64.random(in: 0..<300, using: &random) }
        let name: String
        let data: JSONObject
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: (name, data, version) = ("product.create", fields(using: &random), nil)
        case 9..<14:
            var object = fields(using: &random)
            for key in object.keys where Int.random(in: 0..<2, using: &random) == 0 { object[key] = nil }
            object["id"] = id(for: state, using: &random)
            (name, data) = ("product.update", object)
        case 14..<18: (name, data) = ("product.delete", ["id": id(for: state, using: &random)])
        case 18: (name, data, version) = ("message.post", ["text": .string(text(using: &random))], nil)
        default: (name, data) = ("product.burn", fields(using: &random))
        }
        return Command(name: name, data: .object(data), ifVersion: version)
    }

    static func event(
        for state: MarketplaceState, using random: inout SeededGenerator
    ) -> (topic: String, type: String, data: [UInt8]) {
        let types = [
            "product.created", "product.created", "product.updated", "product.deleted", "message.posted", "bid.placed",
        ]
        let type = types.randomElement(using: &random)!
        let topic = Int.random(in: 0..<20, using: &random) == 0 ? "chat" : "products"
        var object = fields(using: &random)
        object["id"] =
            type == "product.created" && Int.random(in: 0..<4, using: &random) != 0
            ? .number(JSONNumber(state.nextProductID)) : id(for: state, using: &random)
        if type != "product.created" {
            for key in object.keys where Int.random(in: 0..<4, using: &random) == 0 { object[key] = nil }
        }
        var bytes = JSONValue.object(object).bytes
        if Int.random(in: 0..<5, using: &random) == 0 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
        }
        return (topic, type, bytes)
    }

    private static func id(for state: MarketplaceState, using random: inout SeededGenerator) -> JSONValue {
        let known = state.productsInOrder.map(\.id).randomElement(using: &random) ?? 1
        let ids = [
            known, known, known, known, state.nextProductID, 0, -1, .max, Int.random(in: 1..<50, using: &random),
        ]
        return .number(JSONNumber(ids.randomElement(using: &random)!))
    }

    private static func fields(using random: inout SeededGenerator) -> JSONObject {
        var object: JSONObject = [
            "title": .string(text(using: &random)),
            "code": .string("code \(Int.random(in: 0..<400, using: &random))"),
            "price": .number(
                JSONNumber("\(Int.random(in: 0..<1_000, using: &random)).\(Int.random(in: 0..<100, using: &random))")!),
        ]
        if Bool.random(using: &random) { object["stock"] = .number(JSONNumber(Int.random(in: 0..<5, using: &random))) }
        if Bool.random(using: &random) { object["status"] = .bool(.random(using: &random)) }
        if Int.random(in: 0..<12, using: &random) == 0 {
            let broken: [(String, JSONValue)] = [
                ("price", -1), ("code", ""), ("stock", "many"), ("colour", "red"), ("title", nil),
                ("thumbnails", ["x:y"]),
            ]
            let (key, value) = broken.randomElement(using: &random)!
            object[key] = value
        }
        return object
    }

    private static func text(using random: inout SeededGenerator) -> String {
        let words = ["brass", "compass", "\"quoted\"", "línea\n", "海図", "\\", "😀", "e\u{301}"]
        return (0..<Int.random(in: 1..<5, using: &random)).map { _ in words.randomElement(using: &random)! }.joined(
            separator: " ")
    }
}
