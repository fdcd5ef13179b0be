import JSON
import Schemas
import Testing

@Suite("References in schemas")
struct ReferenceTests {
    private static let documents: [ExactText: JSONValue] = [
        "schemas/item.json": [
            "type": "object", "properties": ["price": ["$ref": "common/money.json#/$defs/a%20b~1c"]],
            "$defs": ["name": ["type": "string"]],
        ],
        "schemas/common/money.json": [
            "$defs": [
                "a b/c": ["$ref": "#/$defs/number"], "number": ["type": "number"], "up": ["$ref": "../item.json"],
            ]
        ],
    ]

    private static func firstMismatch(
        _ value: JSONValue, _ reference: String, file: String = "schemas/order.json"
    ) throws -> String? {
        try Schema(["$ref": .string(reference)], file: file, documents: documents).mismatch(value)
            .map { "\($0.pointer): \($0.message)" }
    }

    @Test(
        "lead to the file with the bytes of the path, not to another Unicode form", arguments: ["\u{E9}", "e\u{301}"])
    func forms(name: String) throws {
        let documents: [ExactText: JSONValue] = ["schemas/\u{E9}.json": true, "schemas/e\u{301}.json": false]
        let schema = try Schema(["$ref": .string(name + ".json")], file: "schemas/a.json", documents: documents)
        #expect((schema.mismatch(1) == nil) == (name.utf8.count == 2))
        #expect(throws: SchemaFaults.self) {
            let one = documents.filter { !$0.key.text.utf8.elementsEqual("schemas/\(name).json".utf8) }
            _ = try Schema(["$ref": .string(name + ".json")], file: "schemas/a.json", documents: one)
        }
    }

    @Test(
        "lead to other files, relative to the file in which they stand",
        arguments: [
            ("item.json", "schemas/order.json"), ("./item.json#", "schemas/order.json"),
            ("schemas/item.json", "app.json"), ("common/../item.json", "schemas/order.json"),
            ("common/money.json#/$defs/up", "schemas/order.json"), ("../schemas/item.json", "schemas/order.json"),
            ("%69tem.json", "schemas/order.json"),
        ])
    func files(reference: String, file: String) throws {
        #expect(try Self.firstMismatch(["price": 1], reference, file: file) == nil)
        #expect(
            try Self.firstMismatch(["price": "1"], reference, file: file) == "/price: must be a number, not a string")
    }

    @Test("without a path begin at the schema, also inside another file")
    func base() throws {
        let schema: JSONValue = ["items": ["$ref": "#/$defs/x"], "$defs": ["x": ["type": "null"]]]
        let base = JSONPointer(["topics", "a/b", "schema"])
        let compiled = try Schema(schema, file: "app.json", base: base, documents: [:])
        #expect(compiled.mismatch([nil]) == nil)
        #expect(compiled.mismatch([1])?.message == "must be null, not a number")
        let error = #expect(throws: SchemaFaults.self) {
            try Schema(["items": ["$ref": "app.json#/topics"]], file: "app.json", base: base, documents: [:])
        }
        #expect(error?.faults.first?.pointer == JSONPointer("/topics/a~1b/schema/items/$ref"))
        #expect(
            error?.faults.first?.message
                == "app.json is not a file of schemas; write the schema to a file and name that")
        let missing = #expect(throws: SchemaFaults.self) {
            try Schema(
                ["$ref": "#/$defs/x"], file: "app.json", base: base, documents: ["app.json": ["$defs": ["x": true]]])
        }
        #expect(
            missing?.faults.first?.message
                == "'#/$defs/x' leads nowhere: the reference begins at the schema in app.json, not at the root of the file, and the schema has no value at /$defs/x"
        )
    }

    @Test("may lead back to a schema that contains them")
    func recursive() throws {
        let tree =
            ##"{"properties":{"value":{"type":"number"},"children":{"items":{"$ref":"#"}}},"required":["value"]}"##
        #expect(try mismatch(#"{"value":1,"children":[{"value":2,"children":[]}]}"#, tree) == nil)
        #expect(
            try mismatch(#"{"value":1,"children":[{"value":2,"children":[{"value":""}]}]}"#, tree)
                == "/children/0/children/0/value: must be a number, not a string")
    }

    @Test("add to the rules beside them, and the first fault in the order of the value is reported")
    func siblings() throws {
        let schema = """
            {"$ref":"#/$defs/b","properties":{"b":{"type":"string"}},
            "$defs":{"b":{"properties":{"a":{"type":"string"},"b":{"minLength":2}},"required":["b"]}}}
            """
        #expect(try mismatch(#"{"a":"","b":"xx"}"#, schema) == nil)
        #expect(try mismatch(#"{"b":"x","a":1}"#, schema) == "/b: must have at least 2 characters, not 1")
        #expect(try mismatch(#"{"a":1,"b":1}"#, schema) == "/a: must be a string, not a number")
        #expect(try mismatch(#"{"a":1}"#, schema) == "/b: is missing")
    }

    /// Each level would be checked twice as often as the one above.
    @Test("that lead to a schema on several ways do not multiply the work", .timeLimit(.minutes(1)))
    func ways() throws {
        let schema =
            ##"{"$ref":"#/$defs/b","properties":{"x":{"$ref":"#"}},"$defs":{"b":{"properties":{"x":{"$ref":"#"}}}}}"##
        let depth = 64
        let value = String(repeating: #"{"x":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(try mismatch(value, schema) == nil)
    }

    @Test("large arrays are checked for repeated elements in linear time", .timeLimit(.minutes(1)))
    func unique() throws {
        var elements = (0..<100_000).map { JSONValue.array([JSONValue.number(JSONNumber($0)), "x"]) }
        let schema = try compiled(#"{"uniqueItems":true}"#)
        #expect(schema.mismatch(.array(elements)) == nil)
        elements.append(try JSONValue(parsing: #"[77777.0,"x"]"#))
        #expect(schema.mismatch(.array(elements))?.pointer.description == "/100000")
    }
}
