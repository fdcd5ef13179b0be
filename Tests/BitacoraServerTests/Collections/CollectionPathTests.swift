import Testing
@testable import BitacoraServer

@Suite struct CollectionPathTests {
    @Test(
        "the key of a row is everything after the name, decoded",
        arguments: [
            ("/api/collections/orders", .collection("orders")), ("/api/collections/orders/", .collection("orders")),
            ("/api/collections/or%64ers", .collection("orders")),
            ("/api/collections/orders/7", .row(collection: "orders", key: "7")),
            ("/api/collections/orders/a/b", .row(collection: "orders", key: "a/b")),
            ("/api/collections/orders/a%2Fb", .row(collection: "orders", key: "a/b")),
            ("/api/collections/orders/a//b/", .row(collection: "orders", key: "a//b/")),
            ("/api/collections/orders/a+b%20c", .row(collection: "orders", key: "a+b c")),
            ("//api//collections//orders//", .row(collection: "orders", key: "/")),
            ("/api//collections/orders/a", .row(collection: "orders", key: "a")), ("/api/collections//", nil),
            ("/apicollections/a", nil), ("/api/collections/", nil), ("/api/collections", nil), ("/api/events", nil),
            ("/api/collectionsx/a", nil),
        ] as [(String, CollectionPath?)])
    func paths(text: String, path: CollectionPath?) {
        #expect(CollectionPath(text) == path)
    }
}
