import JSON
import TestSupport
import Testing

@Suite("Places in JSON text")
struct JSONPositionTests {
    private static func position(of pointer: String, name: Bool = false, in text: String) throws -> String {
        let pointer = try #require(JSONPointer(pointer))
        let place = Array(text.utf8).withUnsafeBytes { JSONText.position(of: pointer, name: name, in: $0) }
        return "\(place.line):\(place.column)"
    }

    private static let text = """
          {
          "a": [ 1, {"é😀": "x", "b" : [] } , "}]," ],
          "c\\u0064": {"a":
             -1.5e3}, "e": null
        }
        """

    @Test(
        "of values, in lines and Unicode scalars",
        arguments: [
            ("", "1:3"), ("/a", "2:8"), ("/a/0", "2:10"), ("/a/1", "2:13"), ("/a/1/é😀", "2:20"), ("/a/1/b", "2:31"),
            ("/a/2", "2:38"), ("/cd", "3:14"), ("/cd/a", "4:6"), ("/e", "4:20"),
        ])
    func values(pointer: String, place: String) throws {
        #expect(try Self.position(of: pointer, in: Self.text) == place)
    }

    @Test(
        "of names; an element has none",
        arguments: [
            ("", "1:3"), ("/a", "2:3"), ("/a/1/é😀", "2:14"), ("/a/1/b", "2:25"), ("/cd", "3:3"), ("/cd/a", "3:15"),
            ("/a/1", "2:13"),
        ])
    func names(pointer: String, place: String) throws {
        #expect(try Self.position(of: pointer, name: true, in: Self.text) == place)
    }

    @Test(
        "of the deepest value on the way of a pointer that leads nowhere",
        arguments: [
            ("/x", "1:3"), ("/a/3", "2:8"), ("/a/x", "2:8"), ("/a/1/b/0", "2:31"), ("/cd/a/z/y", "4:6"),
            ("/e/0", "4:20"),
            ("/a/00", "2:8"),
        ])
    func missing(pointer: String, place: String) throws {
        #expect(try Self.position(of: pointer, in: Self.text) == place)
        #expect(try Self.position(of: pointer, name: true, in: Self.text) == place)
    }

    @Test("of the last of repeated names, as parsing does")
    func repeated() throws {
        #expect(try Self.position(of: "/a/b", in: #"{"a":{"b":1},"a":{"b":2}}"#) == "1:23")
        #expect(try Self.position(of: "/a", name: true, in: #"{"a":1,"\u0061":2}"#) == "1:8")
    }

    @Test("of any value with whitespace anywhere", arguments: SeededGenerator.seeds)
    func anyValue(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<40 {
            var pointers: [JSONPointer] = []
            let value = Self.marked(JSONPointer(), depth: 3, &pointers, using: &random)
            let bytes = RandomJSON.spaced(value, using: &random)
            for (index, pointer) in pointers.enumerated() {
                let marker = Array("\"marker \(index)\"".utf8)
                let offset = try #require(bytes.indices.first { bytes[$0...].starts(with: marker) })
                let before = String(decoding: bytes[..<offset], as: UTF8.self).unicodeScalars
                let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
                let place = bytes.withUnsafeBytes { JSONText.position(of: pointer, in: $0) }
                #expect(place.line == lines.count, "seed \(seed), round \(round), \(pointer)")
                #expect(place.column == lines[lines.count - 1].count + 1, "seed \(seed), round \(round), \(pointer)")
            }
        }
    }

    /// A random value, in which every leaf is a string of its own: `marker` and the index of its pointer.
    private static func marked(
        _ pointer: JSONPointer, depth: Int, _ pointers: inout [JSONPointer], using random: inout SeededGenerator
    ) -> JSONValue {
        switch depth == 0 ? 0 : random.number(0...3) {
        case 0:
            pointers.append(pointer)
            return .string("marker \(pointers.count - 1)")
        case 1:
            return .array(
                (0..<random.number(0...3)).map {
                    marked(pointer.appending(String($0)), depth: depth - 1, &pointers, using: &random)
                })
        default:
            var object = JSONObject()
            for index in 0..<random.number(0...3) {
                let name = "\(index)" + RandomJSON.string(using: &random)
                object[name] = marked(pointer.appending(name), depth: depth - 1, &pointers, using: &random)
            }
            return .object(object)
        }
    }

    @Test("damaged text has some place and never crashes", arguments: SeededGenerator.seeds)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pointers = ["", "/a", "/0", "/a/0/b", "/1/1"].compactMap { JSONPointer($0) }
        for _ in 0..<500 {
            let bytes = (0..<random.number(0...30)).map { _ in
                RandomJSON.interestingBytes.randomElement(using: &random)!
            }
            bytes.withUnsafeBytes { bytes in
                for pointer in pointers {
                    let place = JSONText.position(of: pointer, name: true, in: bytes)
                    #expect(place.line >= 1 && place.column >= 1 && place.column <= bytes.count + 1)
                }
                #expect(JSONText.repeatedNames(in: bytes, limit: 3).count <= 3)
            }
        }
    }
}

@Suite("Repeated names in JSON text")
struct RepeatedNameTests {
    private static func names(_ text: String, limit: Int = 100) -> [String] {
        Array(text.utf8).withUnsafeBytes { JSONText.repeatedNames(in: $0, limit: limit).map(\.description) }
    }

    @Test(
        "are found in every object, in the order of the text",
        arguments: [
            ("{}", []), ("[]", []), ("1", []), (#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#, []),
            (#"{"a":1,"a":2,"a":3}"#, ["/a", "/a"]), (#"{"a":1,"\u0061":2}"#, ["/a"]),
            (#"[0,[{"x":1, "x" : 2}],{"y":{"z":[], "z":{}}}]"#, ["/1/0/x", "/2/y/z"]),
            (#"{"a":{"b":1,"b":2},"a":["a","a"]}"#, ["/a/b", "/a"]), (#"{"a":"a","b":"a"}"#, []),
            ("{\"\u{E9}\":1,\"e\u{301}\":2}", []), (#"{"a":[1,2,{"b":1}],"c":[{"b":1,"b":2}]}"#, ["/c/0/b"]),
        ])
    func found(text: String, pointers: [String]) {
        #expect(Self.names(text) == pointers)
    }

    @Test("are at most as many as the limit")
    func limited() {
        let text = "{" + (0..<50).map { _ in #""a":1"# }.joined(separator: ",") + "}"
        #expect(Self.names(text).count == 49)
        #expect(Self.names(text, limit: 7).count == 7)
        #expect(Self.names(text, limit: 0).isEmpty)
    }

    @Test("are found in text of any depth")
    func deep() {
        let depth = 100_000
        let text = String(repeating: "[", count: depth) + #"{"a":1,"a":2}"# + String(repeating: "]", count: depth)
        #expect(Self.names(text).first?.utf8.count == depth * 2 + 2)
    }
}
