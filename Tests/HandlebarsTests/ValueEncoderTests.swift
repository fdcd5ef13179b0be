import Foundation
import Handlebars
import JSON
import Testing

@Suite("Models as values")
struct ValueEncoderTests {
    /// A value as JSON text, in its own order.
    private func text(_ value: Value) -> String {
        switch value {
        case .undefined, .null, .bool, .number: value.text
        case .string(let text), .safeString(let text): JSONValue.string(text).text
        case .array(let elements): "[\(elements.map(text).joined(separator: ","))]"
        case .object(let object): "{\(object.entries.map { "\"\($0.key)\":\(text($0.value))" }.joined(separator: ","))}"
        case .function: "a function"
        }
    }

    private struct Row: Encodable {
        var title = "<b>"
        var price = 19.99
        var stock = 3
        var status = true
        var note: String?
        var parent: [Int]?
        var sizes: [Float] = [0.1, 1]
        var inner = Inner()

        struct Inner: Encodable { var z = UInt8(255), a = Int64(-1) }
    }

    @Test("a model is an object with its fields in order, nil as null")
    func encodesFields() throws {
        #expect(
            try text(Value(encoding: Row()))
                == #"{"title":"<b>","price":19.99,"stock":3,"status":true,"note":null,"parent":null,"sizes":[0.1,1],"inner":{"z":255,"a":-1}}"#
        )
        #expect(
            try render("{{title}} {{#if note}}x{{/if}}{{inner.z}} {{sizes.[0]}}", Value(encoding: Row()))
                == "&lt;b&gt; 255 0.1")
        #expect(try render("{{note}}|", Value(encoding: Row())) { $0.strict = true } == "|")
    }

    private struct Every: Encodable {
        var a: Bool?, b: String?, c: Double?, d: Float?, e: Int?, f: Int8?, g: Int16?, h: Int32?, i: Int64?, j: Int128?
        var k: UInt?, l: UInt8?, m: UInt16?, n: UInt32?, o: UInt64?, p: UInt128?, q: [String]?, r: Date?
    }

    @Test("each kind of optional is null without a value and itself with one")
    func encodesOptionals() throws {
        let none = try Value(encoding: Every())
        guard case .object(let fields) = none else { return #expect(Bool(false)) }
        #expect(fields.count == 18 && fields.entries.allSatisfy { if case .null = $0.value { true } else { false } })
        let some = Every(
            a: false, b: "", c: 1, d: 2, e: 3, f: 4, g: 5, h: 6, i: 7, j: 8, k: 9, l: 10, m: 11, n: 12, o: 13, p: 14,
            q: ["x"], r: Date(timeIntervalSince1970: 0))
        #expect(
            try text(Value(encoding: some))
                == #"{"a":false,"b":"","c":1,"d":2,"e":3,"f":4,"g":5,"h":6,"i":7,"j":8,"k":9,"l":10,"m":11,"n":12,"o":13,"p":14,"q":["x"],"r":"1970-01-01T00:00:00.000Z"}"#
        )
    }

    private enum Shape: Encodable {
        case point
        case circle(radius: Double)
        case pair(Int, Int)
    }

    private enum Raw: String, Encodable { case red, green }

    @Test("enums come out as Swift encodes them")
    func encodesEnums() throws {
        #expect(
            try text(Value(encoding: [Shape.point, .circle(radius: 1.5), .pair(1, 2)]))
                == #"[{"point":{}},{"circle":{"radius":1.5}},{"pair":{"_0":1,"_1":2}}]"#)
        #expect(try text(Value(encoding: [Raw.red, .green])) == #"["red","green"]"#)
    }

    private class Animal: Encodable {
        var name = "Rex"
        enum CodingKeys: CodingKey { case name }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
        }
    }

    private final class Dog: Animal {
        var age = 4
        var how = How.same
        enum How { case same, `super`, named }
        enum DogKeys: CodingKey { case age, animal }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: DogKeys.self)
            try container.encode(age, forKey: .age)
            switch how {
            case .same: try super.encode(to: encoder)
            case .super: try super.encode(to: container.superEncoder())
            case .named: try super.encode(to: container.superEncoder(forKey: .animal))
            }
        }
    }

    @Test("a superclass shares the object, or has one of its own")
    func encodesSuperclasses() throws {
        let dog = Dog()
        #expect(try text(Value(encoding: dog)) == #"{"age":4,"name":"Rex"}"#)
        dog.how = .super
        #expect(try text(Value(encoding: dog)) == #"{"age":4,"super":{"name":"Rex"}}"#)
        dog.how = .named
        #expect(try text(Value(encoding: dog)) == #"{"age":4,"animal":{"name":"Rex"}}"#)
    }

    /// Containers that are requested in one order and filled in another.
    private struct Interleaved: Encodable {
        enum Key: CodingKey { case first, second, third, deep }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            var first = container.nestedUnkeyedContainer(forKey: .first)
            var second = container.nestedContainer(keyedBy: Key.self, forKey: .second)
            try container.encode("end", forKey: .third)
            try first.encode(1)
            var inner = first.nestedContainer(keyedBy: Key.self)
            try first.encodeNil()
            #expect(first.count == 3)
            try inner.encode(true, forKey: .deep)
            var list = first.nestedUnkeyedContainer()
            try list.encode(contentsOf: [1, 2])
            try "s".encode(to: first.superEncoder())
            try second.encodeNil(forKey: .first)
            var again = container.nestedContainer(keyedBy: Key.self, forKey: .second)
            try again.encode(2, forKey: .second)
        }
    }

    @Test("containers keep the positions in which they were requested")
    func keepsPositions() throws {
        #expect(
            try text(Value(encoding: Interleaved()))
                == #"{"first":[1,{"deep":true},null,[1,2],"s"],"second":{"first":null,"second":2},"third":"end"}"#)
    }

    @Test("a dictionary's keys are sorted, those that are array indices first")
    func sortsKeys() throws {
        let keys = (0..<40).map { "k\($0)" } + ["10", "9"]
        let value = try Value(encoding: Dictionary(uniqueKeysWithValues: keys.map { ($0, 1) }))
        guard case .object(let object) = value else { return #expect(Bool(false)) }
        #expect(object.keys == ["9", "10"] + keys.dropLast(2).sorted())
        #expect(try text(Value(encoding: [7: "a", 3: "b"])) == #"{"3":"b","7":"a"}"#)
    }

    @Test(
        "dates are JavaScript's ISO text",
        arguments: [
            (0.0, "1970-01-01T00:00:00.000Z"), (-0.001, "1969-12-31T23:59:59.999Z"),
            (951_827_696.789, "2000-02-29T12:34:56.789Z"),
            (253_402_300_799.999, "9999-12-31T23:59:59.999Z"), (253_402_300_800, "+010000-01-01T00:00:00.000Z"),
            (-62_167_219_200.001, "-000001-12-31T23:59:59.999Z"), (8.64e12, "+275760-09-13T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ])
    func encodesDates(_ seconds: Double, _ expected: String) throws {
        #expect(try Value(encoding: Date(timeIntervalSince1970: seconds)).text == expected)
    }

    @Test("a date beyond JavaScript's is null")
    func refusesFarDates() throws {
        #expect(try Value(encoding: Date(timeIntervalSince1970: 8.65e12)).isNullish)
        #expect(try Value(encoding: Date(timeIntervalSince1970: .nan)).isNullish)
    }

    @Test("addresses, identifiers and bytes are text, decimals are numbers")
    func encodesFoundation() throws {
        let url = try #require(URL(string: "https://example.com/a?b=1"))
        #expect(try Value(encoding: url).text == "https://example.com/a?b=1")
        let id = UUID()
        #expect(try Value(encoding: [id]).text == id.uuidString)
        #expect(try Value(encoding: Data([1, 2, 255])).text == "AQL/")
        #expect(try text(Value(encoding: [Decimal(string: "19.99")!, Decimal(-3)])) == "[19.99,-3]")
    }

    @Test("a number that cannot be represented is refused with its coding path, or encoded as requested")
    func boundsNumbers() throws {
        struct Order: Encodable { var lines: [[String: Int]] }
        let order = Order(lines: [["id": 1 << 53], ["id": (1 << 53) + 1]])
        let error = #expect(throws: EncodingError.self) { try Value(encoding: order) }
        guard case .invalidValue(_, let context) = error else { return #expect(Bool(false)) }
        #expect(context.codingPath.map(\.stringValue) == ["lines", "1", "id"])
        #expect(context.debugDescription.hasPrefix("9007199254740993 has more digits"))
        var encoder = ValueEncoder()
        encoder.inexactNumbers = .text
        #expect(try text(encoder.encode(order)) == #"{"lines":[{"id":9007199254740992},{"id":"9007199254740993"}]}"#)
        #expect(try text(encoder.encode(UInt128.max)) == #""340282366920938463463374607431768211455""#)
        #expect(try text(encoder.encode(Decimal(string: "0.12345678901234567891")!)) == #""0.12345678901234567891""#)
        encoder.inexactNumbers = .round
        #expect(try encoder.encode(UInt64.max).text == "18446744073709552000")
        #expect(try text(Value(encoding: [Double.infinity, .nan])) == "[Infinity,NaN]")
    }

    @Test("a cyclic model is an error and does not exhaust the stack")
    func boundsDepth() {
        final class Node: Encodable { nonisolated(unsafe) var next: Node? }
        let node = Node()
        node.next = node
        defer { node.next = nil }
        let error = #expect(throws: EncodingError.self) { try Value(encoding: node) }
        guard case .invalidValue(_, let context) = error else { return #expect(Bool(false)) }
        #expect(context.debugDescription == "the model is more than 100 levels deep")
    }

    @Test("two kinds of container for one value are an error")
    func refusesMixedContainers() {
        struct Mixed: Encodable {
            func encode(to encoder: any Encoder) throws {
                _ = encoder.unkeyedContainer()
                _ = encoder.container(keyedBy: Interleaved.Key.self)
            }
        }
        #expect(throws: EncodingError.self) { try Value(encoding: Mixed()) }
        #expect(throws: EncodingError.self) { try Value(encoding: [Mixed()]) }
    }

    @Test("a model that encodes nothing is an empty object, and errors of a model are thrown")
    func passesThrough() throws {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
        struct Broken: Error, Equatable {}
        struct Throwing: Encodable { func encode(to encoder: any Encoder) throws { throw Broken() } }
        #expect(try text(Value(encoding: [Nothing()])) == "[{}]")
        #expect(throws: Broken()) { try Value(encoding: ["a": Throwing()]) }
    }

    @Test("user information reaches the models, values inside them stay themselves")
    func passesSettings() throws {
        struct Asking: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(encoder.userInfo[CodingUserInfoKey(rawValue: "who")!] as? String)
            }
        }
        var encoder = ValueEncoder()
        encoder.userInfo[CodingUserInfoKey(rawValue: "who")!] = "Ada"
        #expect(try encoder.encode(Asking()).text == "Ada")
        struct Page: Encodable { let html: Value, rows: Value }
        let page = Page(html: .safeString("<br>"), rows: .list(count: 3) { Value($0) })
        #expect(try render("{{html}}{{rows}}", Value(encoding: page)) == "<br>0,1,2")
    }

    @Test("other encoders write a value as JSON")
    func encodesElsewhere() throws {
        let value: Value = ["a": [1, 2.5, nil, true], "s": .safeString("<")]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(value), as: UTF8.self) == #"{"a":[1,2.5,null,true],"s":"<"}"#)
        #expect(throws: EncodingError.self) { try encoder.encode([Value.lazy { 1 }]) }
    }
}
