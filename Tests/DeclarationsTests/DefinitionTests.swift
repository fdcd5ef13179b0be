import Declarations
import EventLog
import JSON
import KeyedRows
import Testing

/// What is read from a folder without faults.
@Suite struct DefinitionTests {
    private let shop: ApplicationDefinition

    init() throws { shop = try Folder.shop.read() }

    @Test("a collection has the topics, key, operations in their fixed order, and indexes of its declaration")
    func collection() {
        var orders = CollectionDefinition(
            name: "orders", from: TopicPattern(constant: "orders/*"), key: .topicLevel(1),
            operations: [
                "order.placed": [
                    .put([
                        FieldValue("customer", .data(["customer"])), FieldValue("total", .data(["total"])),
                        FieldValue("status", .constant("placed")), FieldValue("placed", .time),
                    ])
                ],
                "order.paid": [
                    .set([FieldValue("status", .constant("paid"))]), .add([FieldValue("paid", .data(["amount"]))]),
                ],
                "order.cancelled": [.set([FieldValue("status", .constant("cancelled"))])],
            ], indexes: ["status", "placed"])
        orders.groups = [
            GroupDefinition(
                name: "customers", by: "customer", filter: RowFilter([.init("status", .not("cancelled"))]),
                fields: [
                    AggregateField("orders", .count), AggregateField("spent", .sum("total")),
                    AggregateField("latest", .max("placed")), AggregateField("first", .min("placed")),
                ], indexes: ["spent"],
                groups: [GroupDefinition(name: "sizes", by: "orders", fields: [AggregateField("customers", .count)])])
        ]
        #expect(shop.collections.first == orders)
        #expect(shop.collections.flatMap(\.names) == ["orders", "customers", "sizes", "visits"])
    }

    @Test("every form of a value and every operation is read")
    func values() {
        let visits = shop.collections.last
        #expect(visits?.key == .data(["visitor", "id"]))
        #expect(
            visits?.operations == [
                "visited": [
                    .set([
                        FieldValue("shop", .topicLevel(1)), FieldValue("by", .source), FieldValue("event", .id),
                        FieldValue("x", .constant("=x")),
                        FieldValue("n", .constant(.number(JSONNumber("1.50") ?? JSONNumber(0)))),
                        FieldValue("t", .constant(true)), FieldValue("z", .constant(nil)),
                    ]),
                    .count(["visits"]), .min([FieldValue("first", .time)]), .max([FieldValue("last", .offset)]),
                    .push([FieldValue("recent", .data([]))], keep: 5), .unset(["note"]),
                ],
                "left": [
                    .count(["visits", "leaves"]), .push([FieldValue("recent", .data(["tags", "0"]))], keep: 20),
                    .delete,
                ],
            ])
    }

    @Test("commands and pages are read in the order of the definition")
    func commandsAndPages() {
        #expect(shop.name == "Shop")
        #expect(shop.commands.map(\.name) == ["order.place", "order.pay", "order.cancel", "note", "greet"])
        #expect(shop.commands.map(\.collection) == ["orders", "orders", "orders", nil, "customers"])
        #expect(shop.pages.map(\.route.text) == ["/", "/orders", "/orders/{order}", "/customers/{name}"])
        #expect(shop.pages.map(\.template) == ["home", "orders", "order", "admin/customer"])
        #expect(shop.pages.map(\.layout) == [nil, "wide", "main", nil])
        #expect(shop.pages.map(\.row) == [nil, "order-row", nil, nil])
        #expect(shop.pages.map(\.title) == [nil, "All orders", nil, nil])
        let contents = shop.pages.map { page in
            switch page.content {
            case .none: "none"
            case .list(let collection, _, let sort, let size): "\(collection) by \(sort), \(size ?? 0)"
            case .one(let collection, let keyName): "\(collection) \(keyName)"
            }
        }
        #expect(contents == ["none", "orders by -placed,customer, 50", "orders order", "customers name"])
    }

    @Test("a text of a condition that begins with two = has one of them")
    func escapedEqualsSign() throws {
        let grouped = try Folder.shop.replacing(#"{ "not": "cancelled" }"#, with: #"{ "in": ["==x", "x"] }"#).read()
        #expect(
            grouped.collections.first?.groups.first?.filter == RowFilter([.init("status", .isIn(["=x", "x"]))]))
        let page = try Folder.shop.replacing(#"{ "not": "??" }"#, with: #""==?""#).read().pages[1]
        guard case .list(_, let filter, _, _) = page.content else {
            Issue.record("\(page.content)")
            return
        }
        #expect(filter.filter { _ in nil }.tests.contains(.init("customer", .equals("=?"))))
    }

    @Test("the constants and parameters of a page's filter become conditions, and absent parameters drop theirs")
    func pageFilter() throws {
        guard case .list(_, let filter, _, _) = shop.pages[1].content else {
            Issue.record("the page /orders has no list")
            return
        }
        let constants: [RowFilter.Test] = [.init("total", .less(100)), .init("customer", .not("?"))]
        #expect(filter.filter { _ in nil } == RowFilter(constants))
        #expect(filter.filter { _ in "" } == RowFilter(constants))
        let expected = try RowFilter(parameters: [("where[status]", "paid"), ("where[total][gte]", "5")])
        #expect(filter.filter { $0 == "status" ? "paid" : "5" } == RowFilter(constants + expected.tests))
    }

    @Test("a list in a parameter that is too long matches no row")
    func longList() throws {
        let folder = Folder(
            "a list",
            """
            { "collections": { "a": { "from": "a", "key": "id", "on": { "b": { "count": "n" } } } },
              "pages": { "/a": { "template": "a", "list": "a", "where": { "n": { "in": "?n" } } } } }
            """, views: ["a"])
        guard case .list(_, let filter, _, _) = try folder.read().pages[0].content else {
            Issue.record("the page has no list")
            return
        }
        let list = (0...RowFilter.maximumValues).map(String.init).joined(separator: ",")
        #expect(filter.filter { _ in list } == RowFilter([.init("n", .isIn([]))]))
        #expect(filter.filter { _ in "1,2" } == (try RowFilter(parameters: [("where[n][in]", "1,2")])))
    }

    @Test("a definition without any part is an empty application")
    func empty() throws {
        let definition = try Folder("empty", "{}").read()
        #expect(definition.collections.isEmpty && definition.commands.isEmpty && definition.pages.isEmpty)
        #expect(definition.topics.templates.isEmpty)
        #expect(definition.name == nil)
    }

    @Test("the example has no faults, and each of its files is used")
    func example() throws {
        let definition = try ApplicationDefinition(files: ExampleFolder.files.mapValues { Array($0.utf8) })
        #expect(definition.collections.flatMap(\.names) == ["orders", "customers"])
        #expect(definition.commands.map(\.name) == ["order.place", "order.pay", "order.cancel"])
        let unused = Set(ExampleFolder.files.keys).subtracting(definition.files.keys)
        #expect(unused == ["README.md", "views/assets/orders.css"])
    }
}
