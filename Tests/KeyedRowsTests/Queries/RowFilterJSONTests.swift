import JSON
import KeyedRows
import Testing

@Suite("Conditions of a definition") struct RowFilterJSONTests {
    @Test(
        "a member is an equality, or an object of comparisons",
        arguments: [
            ("{}", []),
            (#"{"status":"placed"}"#, [.init("status", .equals("placed"))]),
            (
                #"{"a":1,"b":null,"c":true}"#,
                [.init("a", .equals(1)), .init("b", .equals(nil)), .init("c", .equals(true))]
            ),
            (#"{"status":{"not":"cancelled"}}"#, [.init("status", .not("cancelled"))]),
            (#"{"total":{"gte":10,"lt":20}}"#, [.init("total", .greaterOrEqual(10)), .init("total", .less(20))]),
            (#"{"total":{"gt":"a","lte":"b"}}"#, [.init("total", .greater("a")), .init("total", .lessOrEqual("b"))]),
            (#"{"x":{"in":["a",1,null,false]}}"#, [.init("x", .isIn(["a", 1, nil, false]))]),
            (#"{"a/b":{"not":null}}"#, [.init("a/b", .not(nil))]),
            (#"{"a":"=x","b":"?x"}"#, [.init("a", .equals("=x")), .init("b", .equals("?x"))]),
        ] as [(String, [RowFilter.Test])])
    func reads(_ text: String, _ tests: [RowFilter.Test]) throws {
        #expect(try RowFilter(JSONValue(parsing: text)).tests == tests)
    }

    @Test(
        "a fault has the place and says what to write",
        arguments: [
            ("[]", [], false, "where must be an object of fields and conditions, and is an array"),
            (#"{"":1}"#, [""], true, "the name of a field must not be empty"),
            (#"{"a":{}}"#, ["a"], false, "a condition must have a comparison: not, lt, lte, gt, gte or in"),
            (#"{"a":{"ge":1}}"#, ["a", "ge"], true, "'ge' is not a comparison; write not, lt, lte, gt, gte or in"),
            (#"{"a":{"":1}}"#, ["a", ""], true, "'' is not a comparison; write not, lt, lte, gt, gte or in"),
            (
                #"{"a":[1]}"#, ["a"], false,
                "a field is compared with a string, number, boolean or null, and not with an array; "
                    + #"to match one of several values, write {"in": […]}"#
            ),
            (
                #"{"a":{"not":{}}}"#, ["a", "not"], false,
                "a field is compared with a string, number, boolean or null, and not with an object"
            ),
            (
                #"{"a":{"lt":true}}"#, ["a", "lt"], false,
                "lt compares with a number or a string, and not with a boolean"
            ),
            (#"{"a":{"gte":null}}"#, ["a", "gte"], false, "gte compares with a number or a string, and not with null"),
            (#"{"a":{"in":"x"}}"#, ["a", "in"], false, "in must be an array of values, and is a string"),
            (#"{"a":{"in":[]}}"#, ["a", "in"], false, "in must have 1 to 100 values, and has 0"),
            (
                #"{"a":{"in":[1,[2]]}}"#, ["a", "in", "1"], false,
                "a field is compared with a string, number, boolean or null, and not with an array; "
                    + #"to match one of several values, write {"in": […]}"#
            ),
        ])
    func refuses(_ text: String, _ steps: [String], _ isName: Bool, _ message: String) throws {
        let json = try JSONValue(parsing: text)
        let fault = #expect(throws: QueryFault.self) { try RowFilter(json) }
        #expect(fault == QueryFault(pointer: JSONPointer(steps), isName: isName, message: message))
    }

    @Test("16 conditions, 100 values of in and values of 1,024 bytes are the limits")
    func limits() throws {
        func conditions(_ count: Int) -> JSONValue {
            .object(JSONObject((1...count).map { ("f\($0)", .object(["gt": 1])) }))
        }
        #expect(try RowFilter(conditions(16)).tests.count == 16)
        #expect(
            throws: QueryFault(
                pointer: JSONPointer(["f17"]), isName: true,
                message: "there are more than 16 conditions, which is the limit")
        ) {
            try RowFilter(conditions(17))
        }

        func values(_ count: Int) -> JSONValue { ["a": ["in": .array((1...count).map { .number(JSONNumber($0)) })]] }
        #expect(try RowFilter(values(100)).tests.count == 1)
        #expect(
            throws: QueryFault(pointer: JSONPointer(["a", "in"]), message: "in must have 1 to 100 values, and has 101")
        ) {
            try RowFilter(values(101))
        }

        let longest = String(repeating: "1", count: 1024)
        let message = "the value has 1025 bytes, and the limit is 1024"
        #expect(try RowFilter(["a": .string(longest)]).tests.count == 1)
        #expect(throws: QueryFault(pointer: JSONPointer(["a"]), message: message)) {
            try RowFilter(["a": .string(longest + "1")])
        }
        let number = try #require(JSONNumber(longest + "1"))
        #expect(throws: QueryFault(pointer: JSONPointer(["a", "lt"]), message: message)) {
            try RowFilter(["a": ["lt": .number(number)]])
        }
    }
}
