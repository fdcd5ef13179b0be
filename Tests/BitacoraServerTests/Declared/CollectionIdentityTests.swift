import EventLog
import JSON
import KeyedRows
import Testing
@testable import BitacoraServer

@Suite struct CollectionIdentityTests {
    private static let people = GroupDefinition(
        name: "people", by: "by", filter: RowFilter([.init("state", .not(.string("lost")))]),
        fields: [AggregateField("tickets", .count)],
        groups: [GroupDefinition(name: "sizes", by: "tickets", fields: [AggregateField("people", .count)])])

    private static let tickets = CollectionDefinition(
        name: "tickets", from: TopicPattern(constant: "tickets/*"), key: .topicLevel(1),
        operations: [
            "ticket.opened": [.put([FieldValue("by", .data(["by"])), FieldValue("state", .data(["state"]))])]
        ],
        groups: [people])

    private func ids(_ change: (inout CollectionDefinition) -> Void = { _ in }) -> [String] {
        var definition = Self.tickets
        change(&definition)
        return CollectionIdentity.ids(of: CollectionProjection(definition))
    }

    @Test("a change of a collection changes its id and those of all that are grouped from it, and no others")
    func changes() {
        let first = ids()
        #expect(first.map { String($0.prefix { $0 != "@" }) } == ["tickets", "people", "sizes"])
        #expect(ids { $0.indexes = ["state"] } == first)
        let regrouped = ids { $0.groups[0].filter = .all }
        #expect(zip(first, regrouped).map { $0 == $1 } == [true, false, false])
        let refined = ids { $0.groups[0].groups[0].fields[0].aggregate = .max("tickets") }
        #expect(zip(first, refined).map { $0 == $1 } == [true, true, false])
        let rekeyed = ids { $0.key = .topicLevel(0) }
        #expect(zip(first, rekeyed).map { $0 == $1 } == [false, false, false])
    }
}
