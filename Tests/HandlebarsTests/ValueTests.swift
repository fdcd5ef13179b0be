import Handlebars
import JSON
import TestSupport
import Testing

@Suite("Values")
struct ValueTests {
    @Test("an object keeps JavaScript's order of keys")
    func ordersKeys() {
        var object: Object = ["b": 1, "10": 2, "a": 3, "2": 4, "01": 5, "-1": 6]
        #expect(object.keys == ["2", "10", "b", "a", "01", "-1"])
        object["b"] = nil
        object["0"] = 7
        object["b"] = 8
        #expect(object.keys == ["0", "2", "10", "a", "01", "-1", "b"])
    }

    @Test("an ordered object keeps the given order, also of array indices, whatever its size", arguments: [3, 60])
    func ordered(_ count: Int) throws {
        let keys = (0..<count).map { String(count - $0) }
        var object = Object(ordered: keys.map { ($0, Value("v\($0)")) })
        #expect(object.keys == keys)
        for key in keys { #expect(object[key]?.text == "v\(key)") }
        object["0"] = "last"
        object["1"] = nil
        #expect(object.keys == keys.dropLast() + ["0"])
        let text = try Template("{{#each rows}}{{@key}}{{this}} {{/each}}", name: "t").render(["rows": .object(object)])
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("\(count)v\(count) \(count - 1)v\(count - 1) "))
    }

    @Test("an object does what a plain list of pairs does, whatever its size")
    func agreesWithModel() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var object = Object()
        var model: [(key: String, value: Int)] = []
        for step in 0..<3_000 {
            let number = Int.random(in: 0..<60, using: &random)
            // Every third name is an array index, whose position depends on its number.
            let key = number % 3 == 0 ? String(number) : "k\(number)"
            let place = model.firstIndex { $0.key == key }
            if Int.random(in: 0..<4, using: &random) == 0 {
                object[key] = nil
                if let place { model.remove(at: place) }
            } else {
                object[key] = Value(step)
                if let place { model[place].value = step } else { model.append((key, step)) }
            }
            let indices = model.compactMap { Int($0.key) }.sorted().map(String.init)
            #expect(object.keys == indices + model.map(\.key).filter { Int($0) == nil }, "seed \(seed), step \(step)")
        }
        for (key, value) in model { #expect(object[key]?.text == String(value), "seed \(seed)") }
    }

    @Test("a copy of an object does not change with it")
    func copiesOnWrite() {
        var object: Object = ["a": 1]
        let copy = object
        object["a"] = 2
        #expect(copy["a"]?.text == "1" && object["a"]?.text == "2")
    }

    @Test("names that differ in their bytes are different names")
    func comparesBytes() throws {
        let object: Object = ["\u{e9}": 1, "e\u{301}": 2]
        #expect(object.count == 2)
        #expect(try render("{{\u{e9}}}{{e\u{301}}}", .object(object)) == "12")
    }

    @Test("JSON keeps its order, its nulls and its numbers")
    func convertsJSON() throws {
        let json = try JSONValue(parsing: #"{"b":[1,2.50,-1e3],"a":null,"t":"x","y":true}"#)
        #expect(
            try render("{{#each this}}{{@key}}={{this}};{{/each}}", Value(json: json)) == "b=1,2.5,-1000;a=;t=x;y=true;"
        )
    }
}

@Suite("Rendered text")
struct RenderedTextTests {
    @Test(
        "a template that is not UTF-8 prints U+FFFD, also through helpers",
        arguments: [
            [0xff], [0xe2, 0x82], [0xc2], [0x80, 0x80], [0xf0, 0x9f, 0x92], [0xed, 0xa0, 0x80],
        ] as [[UInt8]])
    func replacesInvalidBytes(_ broken: [UInt8]) throws {
        let expected = "<" + String(decoding: broken, as: UTF8.self) + "é"
        let helpers: HelperRegistry = [
            "count": { Value(try $0.fn().unicodeScalars.count) }, "same": { .string(try $0.fn()) },
        ]
        for (open, close) in [("", ""), ("{{#same}}", "{{/same}}"), ("{{#if true}}", "{{/if}}")] {
            let source = Array(open.utf8) + [UInt8(ascii: "<")] + broken + Array(("é" + close).utf8)
            let output = try Template(source, name: "broken").render([:], helpers: helpers)
            #expect(output == Array(expected.utf8))
        }
        let counted = Array("{{#count}}<".utf8) + broken + Array("é{{/count}}".utf8)
        #expect(
            try Template(counted, name: "broken").render([:], helpers: helpers)
                == Array("\(expected.unicodeScalars.count)".utf8))
    }
}
