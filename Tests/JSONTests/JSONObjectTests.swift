import JSON
import TestSupport
import Testing

@Suite("JSON objects")
struct JSONObjectTests {
    @Test("a repeated key keeps its first position and gets the last value")
    func repeatedKey() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":2,"\u0061":3}"#)
        #expect(value.text == #"{"a":3,"b":2}"#)
        #expect(value["a"] == 3)
    }

    @Test("keys that are only canonically equal stay apart")
    func keysAreBytes() throws {
        let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.object?.count == 2)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test("the order of members matters for writing, not for equality", arguments: [2, 16, 17, 40])
    func equalityIgnoresOrder(count: Int) {
        let members = (0..<count).map { ("key \($0)", JSONValue.number(JSONNumber($0))) }
        let forward = JSONObject(members)
        let backward = JSONObject(members.reversed())
        #expect(forward == backward)
        #expect(forward.hashValue == backward.hashValue)
        #expect(Array(forward.keys) == members.map(\.0))
        var other = backward
        other["key 1"] = nil
        #expect(other != forward)
        other["key one"] = 1
        #expect(other != forward)
    }

    @Test("an object behaves like a list of pairs, with and without its index", arguments: SeededGenerator.seeds)
    func behavesLikeModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var object = JSONObject()
        var model: [(key: String, value: JSONValue)] = []
        for step in 0..<2_000 {
            let key = "k\(Int.random(in: 0..<30, using: &random))"
            let place = model.firstIndex { $0.key == key }
            if Int.random(in: 0..<3, using: &random) == 0 {
                object[key] = nil
                if let place { model.remove(at: place) }
            } else {
                let value = JSONValue.number(JSONNumber(step))
                object[key] = value
                if let place { model[place].value = value } else { model.append((key, value)) }
            }
            #expect(object.entries.elementsEqual(model, by: ==), "seed \(seed), step \(step)")
            #expect(object["k7"] == model.first { $0.key == "k7" }?.value, "seed \(seed), step \(step)")
        }
    }

    @Test("an object of 100,000 keys is built and searched in linear time", .timeLimit(.minutes(1)))
    func manyKeys() throws {
        let count = 100_000
        let text = "{" + (0..<count).map { "\"key \($0)\":\($0)" }.joined(separator: ",") + "}"
        let value = try JSONValue(parsing: text)
        #expect(value.object?.count == count)
        let allFound = (0..<count).allSatisfy { value["key \($0)"]?.int == $0 }
        #expect(allFound)
        #expect(value.text == text)
    }
}
