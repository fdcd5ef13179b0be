import JSON
import Schemas
import Testing

@Suite("Faults of schemas")
struct SchemaFaultTests {
    private static let supported =
        "type, enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, "
        + "pattern, format, items, minItems, maxItems, uniqueItems, properties, required, additionalProperties, "
        + "minProperties, maxProperties, $ref, $defs, $schema, $comment, title, description, default, examples, "
        + "deprecated, readOnly, writeOnly"

    @Test(
        "name the keyword or the value, and what to write instead",
        arguments: [
            ("1", "#: must be a schema, an object or a boolean, not a number"),
            (#"{"minimun":1}"#, "#/minimun: 'minimun' is not a supported keyword; did you mean 'minimum'?"),
            (#"{"minlength":1}"#, "#/minlength: 'minlength' is not a supported keyword; did you mean 'minLength'?"),
            (#"{"definitions":{}}"#, "#/definitions: 'definitions' is not a supported keyword; did you mean '$defs'?"),
            (#"{"allOf":[]}"#, "#/allOf: 'allOf' is not a supported keyword; supported are \(supported)"),
            (
                #"{"prefixItems":[]}"#,
                "#/prefixItems: 'prefixItems' is not a supported keyword; items describes all elements; supported are \(supported)"
            ),
            (
                #"{"$id":"x"}"#,
                "#/$id: '$id' is not a supported keyword; $ref names schemas by file and pointer: order.json#/$defs/item"
            ),
            (
                #"{"type":"int"}"#,
                "#/type: 'int' is not a supported type; supported are object, array, string, number, integer, boolean, null"
            ),
            (#"{"type":["string","nul"]}"#, "#/type/1: 'nul' is not a supported type; did you mean 'null'?"),
            (#"{"type":["null","null"]}"#, "#/type/1: 'null' is listed twice; remove one of them"),
            (#"{"type":[]}"#, "#/type: must name at least one type"),
            (#"{"type":1}"#, "#/type: must be the name of a type or an array of them, not a number"),
            (#"{"enum":[]}"#, "#/enum: must have at least one value"),
            (#"{"enum":"a"}"#, "#/enum: must be an array, not a string"),
            (#"{"minimum":"1"}"#, "#/minimum: must be a number, not a string"),
            (#"{"multipleOf":0}"#, "#/multipleOf: must be greater than 0 and have at most 18 digits, not 0"),
            (#"{"multipleOf":-1}"#, "#/multipleOf: must be greater than 0 and have at most 18 digits, not -1"),
            (
                #"{"multipleOf":1.234567890123456789}"#,
                "#/multipleOf: must be greater than 0 and have at most 18 digits, not 1.234567890123456789"
            ),
            (#"{"minLength":-1}"#, "#/minLength: must be a whole number from 0 to \(Int.max), not -1"),
            (#"{"maxItems":1.5}"#, "#/maxItems: must be a whole number from 0 to \(Int.max), not 1.5"),
            (
                #"{"maxProperties":1e999999999}"#,
                "#/maxProperties: must be a whole number from 0 to \(Int.max), not 1e999999999"
            ),
            (#"{"uniqueItems":1}"#, "#/uniqueItems: must be true or false, not a number"),
            (#"{"required":"a"}"#, "#/required: must be an array, not a string"),
            (#"{"required":["a",1]}"#, "#/required/1: must be the name of a member, not a number"),
            (#"{"required":["a","a"]}"#, "#/required/1: 'a' is listed twice; remove one of them"),
            (#"{"properties":[]}"#, "#/properties: must be an object whose members are schemas, not an array"),
            (#"{"properties":{"a/b":1}}"#, "#/properties/a~1b: must be a schema, an object or a boolean, not a number"),
            (#"{"items":[{}]}"#, "#/items: must be a schema, an object or a boolean, not an array"),
            (
                #"{"format":"date"}"#,
                "#/format: 'date' is not a supported format; supported are date-time, email, uri, uuid"
            ),
            (#"{"format":"e-mail"}"#, "#/format: 'e-mail' is not a supported format; did you mean 'email'?"),
            (#"{"pattern":"("}"#, "#/pattern: at character 1, the group is not closed by ')'"),
            (#"{"pattern":1}"#, "#/pattern: must be a string, not a number"),
            (#"{"title":1}"#, "#/title: must be a string, not a number"),
            (#"{"examples":1}"#, "#/examples: must be an array, not a number"),
            (
                #"{"$schema":"http://json-schema.org/draft-07/schema#"}"#,
                "#/$schema: 'http://json-schema.org/draft-07/schema#' is not supported; write "
                    + "https://json-schema.org/draft/2020-12/schema or leave $schema out"
            ),
            (
                #"{"$defs":{"unused":{"type":"x"}}}"#,
                "#/$defs/unused/type: 'x' is not a supported type; supported are object, array, string, number, integer, boolean, null"
            ),
            (#"{"$ref":1}"#, "#/$ref: must be a string as '#/$defs/item' or 'order.json', not a number"),
            (##"{"$ref":"#item"}"##, "#/$ref: the part '#item' is not a JSON pointer; write #/$defs/name"),
            (##"{"$ref":"#/%zz"}"##, "#/$ref: the part '#/%zz' is not a JSON pointer; write #/$defs/name"),
            (##"{"$ref":"#/$defs/x"}"##, "#/$ref: '#/$defs/x' leads nowhere: order.json has no value at /$defs/x"),
            (#"{"$ref":"itme.json"}"#, "#/$ref: there is no file itme.json; did you mean item.json?"),
            (
                #"{"$ref":"x.json"}"#,
                "#/$ref: there is no file x.json; the path is relative to the file of the reference"
            ),
            (#"{"$ref":"../x.json"}"#, "#/$ref: '../x.json' leads out of the folder of the application"),
            (
                #"{"$ref":"https://a.b/c"}"#,
                "#/$ref: 'https://a.b/c' is not a path relative to this file; schemas are not read from elsewhere"
            ),
            (
                #"{"$ref":"/etc/x"}"#,
                "#/$ref: '/etc/x' is not a path relative to this file; schemas are not read from elsewhere"
            ),
        ])
    func named(schema: String, fault: String) throws {
        let isName = fault.contains("supported keyword")
        #expect(
            try faults(schema, documents: ["item.json": "{}"]) == [(isName ? "name of " : "") + "order.json" + fault])
    }

    @Test("of all schemas are collected, those of each file together")
    func collected() throws {
        let schema = """
            {"properties":{"a":{"$ref":"item.json"},"b":{"tipe":1,"minimum":"x"},"c":{"$ref":"item.json#/$defs/y"}},
            "$defs":{"x":{"pattern":"["}}}
            """
        let item = #"{"items":{"maximum":null},"$defs":{"y":{"$ref":"order.json#/$defs/x"},"z":5}}"#
        let places = try faults(schema, documents: ["item.json": item]).map { $0.split(separator: ": ")[0] }
        #expect(
            places == [
                "name of order.json#/properties/b/tipe", "order.json#/properties/b/minimum",
                "order.json#/$defs/x/pattern",
                "item.json#/items/maximum", "item.json#/$defs/z",
            ])
    }

    @Test("are at most a hundred")
    func limited() throws {
        let members = (0..<500).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(try faults("{\(members)}").count == SchemaFaults.maximum)
    }

    @Test(
        "are references that lead back to themselves without a step into the value",
        arguments: [
            (##"{"$ref":"#"}"##, "#/$ref: leads back to itself: order.json# → order.json#"),
            (
                ##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}"##,
                "#/$defs/a/$ref: leads back to itself: order.json#/$defs/a → order.json#/$defs/b → order.json#/$defs/a"
            ),
        ])
    func cycles(schema: String, fault: String) throws {
        #expect(try faults(schema) == ["order.json\(fault); refer to a schema with rules"])
    }

    @Test("are limits that are exceeded")
    func limits() throws {
        let chain = (0..<100).map { "\"\($0)\":{\"$ref\":\"#/$defs/\($0 + 1)\"}" }.joined(separator: ",")
        #expect(
            try faults("{\"$defs\":{\(chain),\"100\":true}}").last
                == "order.json#/$defs/35/$ref: leads through more than 64 references; refer to the last one")
        let many = (0..<10_000).map { "\"\($0)\":true" }.joined(separator: ",")
        #expect(
            try faults("{\"properties\":{\(many)}}")
                == ["order.json#/properties/9999: there are more than 10000 schemas in this one; split it"])
        let values = (0..<1001).map(String.init).joined(separator: ",")
        #expect(
            try faults("{\"enum\":[\(values)]}") == [
                "order.json#/enum: has 1001 values and the limit is 1000; use pattern, or check the values elsewhere"
            ])
        var deep: JSONValue = true
        for _ in 0..<64 { deep = ["items": deep] }
        let error = #expect(throws: SchemaFaults.self) { try Schema(deep, file: "order.json", documents: [:]) }
        #expect(error?.faults.map(\.message) == ["schemas are nested deeper than the limit of 64; use $ref"])
        #expect(error?.faults.first?.pointer.steps.count == 64)
        _ = try Schema(try #require(deep["items"]), file: "order.json", documents: [:])
    }
}
