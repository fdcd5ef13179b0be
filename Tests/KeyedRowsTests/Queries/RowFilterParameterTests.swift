import Inspection
import JSON
import KeyedRows
import Testing

@Suite("Conditions of a query") struct RowFilterParameterTests {
    @Test(
        "a parameter is a condition with text",
        arguments: [
            ("where[status]", "placed", [.init("status", .equals("placed"))]),
            ("where[status]", "", [.init("status", .equals(""))]),
            ("where[total]", "12.0", [.init("total", .isIn(["12.0", 12]))]),
            ("where[total]", "012", [.init("total", .equals("012"))]),
            ("where[total]", " 12", [.init("total", .equals(" 12"))]),
            ("where[paid]", "true", [.init("paid", .isIn(["true", true]))]),
            ("where[paid]", "false", [.init("paid", .isIn(["false", false]))]),
            ("where[paid]", "null", [.init("paid", .isIn(["null", nil]))]),
            ("where[a.b c/d]", "x", [.init("a.b c/d", .equals("x"))]),
            ("where[status][not]", "placed", [.init("status", .not("placed"))]),
            ("where[total][not]", "12", [.init("total", .not("12")), .init("total", .not(12))]),
            ("where[total][lt]", "1e2", [.init("total", .less(100))]),
            ("where[total][lte]", "-1", [.init("total", .lessOrEqual(-1))]),
            ("where[total][gt]", "1x", [.init("total", .greater("1x"))]),
            ("where[total][gte]", "true", [.init("total", .greaterOrEqual("true"))]),
            ("where[status][in]", "a,b", [.init("status", .isIn(["a", "b"]))]),
            ("where[status][in]", "a", [.init("status", .equals("a"))]),
            ("where[status][in]", "", [.init("status", .equals(""))]),
            ("where[status][in]", ",1,", [.init("status", .isIn(["", "1", 1]))]),
        ] as [(String, String, [RowFilter.Test])])
    func reads(_ name: String, _ value: String, _ tests: [RowFilter.Test]) throws {
        #expect(try RowFilter(parameters: [(name, value)]).tests == tests)
    }

    @Test("several conditions on one field must all hold, and other parameters are ignored")
    func several() throws {
        let filter = try RowFilter(parameters: [
            ("limit", "5"), ("where[total][gte]", "10"), ("sort", "where[x]"), ("whereabouts", "x"),
            ("where[total][lt]", "20"), ("where[total][not]", "x"),
        ])
        #expect(
            filter.tests == [
                .init("total", .greaterOrEqual(10)), .init("total", .less(20)), .init("total", .not("x")),
            ])
    }

    @Test(
        "a name that is not a condition is refused with the form to write",
        arguments: [
            "where[", "where[]", "where[a", "where[a][", "where[a]b", "where[a]]", "where[a][gte]x", "where[a][b][c]",
            "where[[a]]", "where[a] [gte]",
        ])
    func malformed(_ name: String) {
        let error = #expect(throws: InvalidParameter.self) { try RowFilter(parameters: [(name, "1")]) }
        #expect(
            error?.description
                == "where '\(name)' is not a condition; write where[field]=value or where[field][gte]=value")
    }

    @Test("where without a field, and an unknown comparison, are refused with what to write")
    func unknown() {
        let noField = #expect(throws: InvalidParameter.self) { try RowFilter(parameters: [("where", "a=1")]) }
        #expect(noField?.description == "where has no field; write where[field]=value or where[field][gte]=value")
        for comparison in ["ge", "", "GTE"] {
            let error = #expect(throws: InvalidParameter.self) {
                try RowFilter(parameters: [("where[total][\(comparison)]", "1")])
            }
            #expect(
                error?.description
                    == "where[total] '\(comparison)' is not a comparison; write not, lt, lte, gt, gte or in")
        }
    }

    @Test("16 conditions, 100 values of in and values of 1,024 bytes are the limits")
    func limits() throws {
        func conditions(_ count: Int) -> [(name: String, value: String)] {
            (1...count).map { ("where[f\($0)][not]", "1") }
        }
        #expect(try RowFilter(parameters: conditions(16)).unknownField(among: (1...15).map { "f\($0)" }) == "f16")
        let many = #expect(throws: InvalidParameter.self) { try RowFilter(parameters: conditions(17)) }
        #expect(many?.description == "where has 17 conditions; the limit is 16")

        func values(_ count: Int) -> String { (1...count).map { "v\($0)" }.joined(separator: ",") }
        #expect(try RowFilter(parameters: [("where[a][in]", values(100))]).tests.count == 1)
        let values101 = #expect(throws: InvalidParameter.self) {
            try RowFilter(parameters: [("where[a][in]", values(101))])
        }
        #expect(values101?.description == "where[a] has 101 values; the limit is 100")

        let longest = String(repeating: "é", count: 512)
        #expect(try RowFilter(parameters: [("where[a][in]", "\(longest),\(longest)")]).tests.count == 1)
        for name in ["where[a]", "where[a][in]", "where[a][lt]"] {
            let long = #expect(throws: InvalidParameter.self) { try RowFilter(parameters: [(name, longest + "x")]) }
            #expect(long?.description == "where[a] '\(longest.prefix(64))' has 1025 bytes; the limit is 1024")
        }
    }
}
