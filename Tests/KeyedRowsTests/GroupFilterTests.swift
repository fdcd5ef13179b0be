import EventLog
import JSON
import Testing

@testable import KeyedRows

@Suite("Groups with a filter")
struct GroupFilterTests {
    @Test("a row that does not match any more leaves its group, and enters it when it matches again")
    func filter() throws {
        let projection = things(
            [
                "placed": [
                    .put([
                        FieldValue("customer", .data(["customer"])), FieldValue("total", .data(["total"])),
                        FieldValue("status", .constant("placed")),
                    ])
                ], "cancelled": [.set([FieldValue("status", .constant("cancelled"))])],
                "restored": [.set([FieldValue("status", .constant("placed"))])],
            ],
            groups: [
                GroupDefinition(
                    name: "customers", by: "customer",
                    filter: RowFilter([.init("status", .not("cancelled"))]),
                    fields: [
                        AggregateField("orders", .count), AggregateField("spent", .sum("total")),
                        AggregateField("largest", .max("total")),
                    ])
            ])
        let events = [
            event("things/1", "placed", #"{"customer":"ana","total":10.50}"#),
            event("things/2", "placed", #"{"customer":"ana","total":2}"#), event("things/1", "cancelled"),
            event("things/2", "cancelled"), event("things/1", "restored"),
        ]
        let expected = [
            #""ana":{"orders":1,"spent":10.5,"largest":10.5}"#, #""ana":{"orders":2,"spent":12.5,"largest":10.5}"#,
            #""ana":{"orders":1,"spent":2,"largest":2}"#, "", #""ana":{"orders":1,"spent":10.5,"largest":10.5}"#,
        ]
        var state = projection.initial
        for (index, rows) in expected.enumerated() {
            try projection.fold([events[index]], into: &state, after: Offset(UInt64(index)))
            #expect(projection.text(state, "customers") == #"{"rows":{\#(rows)},"startedAfter":0,"skipped":{}}"#)
            let again = try projection.decode(projection.encode(state))
            #expect(projection.text(again, "customers") == projection.text(state, "customers"))
        }
    }
}
