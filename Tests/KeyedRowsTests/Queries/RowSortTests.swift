import Inspection
import KeyedRows
import Testing

@Suite("The order of a query") struct RowSortTests {
    @Test(
        "names are separated by commas, and a - descends",
        arguments: [
            ("placed", [.init("placed")]),
            ("-placed,customer", [.init("placed", descends: true), .init("customer")]),
            ("a,b,-c,d", [.init("a"), .init("b"), .init("c", descends: true), .init("d")]),
            ("--a", [.init("-a", descends: true)]),
        ] as [(String, [RowSort.Field])])
    func reads(_ text: String, _ fields: [RowSort.Field]) throws {
        let sort = try RowSort(text)
        #expect(sort.fields == fields)
        #expect(sort.description == text)
    }

    @Test(
        "empty and repeated names and more than four fields are refused",
        arguments: [
            ("", "sort '' has an empty name; write field, -field or a,-b"),
            ("-", "sort '-' has an empty name; write field, -field or a,-b"),
            ("a,,b", "sort 'a,,b' has an empty name; write field, -field or a,-b"),
            ("a,b,-a", "sort 'a,b,-a' names a twice"),
            ("a,b,c,d,e", "sort 'a,b,c,d,e' has 5 fields; the limit is 4"),
        ])
    func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: InvalidParameter.self) { try RowSort(text) }
        #expect(error?.description == message)
    }
}
