import Commands
import HTTPTypes
import JSON
import Testing
import BitacoraServer
import EventLog
@testable import Marketplace

@Suite struct ProductSearchTests {
    /// A marketplace of products with these titles, prices and categories.
    private func state(_ products: [(title: String, price: Int, category: String)]) throws -> MarketplaceState {
        var state = MarketplaceState()
        for (index, product) in products.enumerated() {
            let data: JSONValue = [
                "title": .string(product.title), "code": .string("C-\(index)"),
                "price": .number(JSONNumber(product.price)),
                "category": .string(product.category),
            ]
            for event in try state.decide(Command(name: "product.create", data: data), at: .init(microseconds: 0)) {
                state.apply(offset: UInt64(index + 1), time: .init(microseconds: 0), event)
            }
        }
        return state
    }

    private func titles(_ query: String, in state: MarketplaceState) throws -> [String] {
        try ProductSearch(Query(query)).find(in: state).products.map(\.title)
    }

    @Test(
        "every word must be found, in whatever field and case",
        arguments: [
            ("", ["Lamp", "Brass LAMP", "Éclair"]), ("q=lamp", ["Lamp", "Brass LAMP"]),
            ("q=++LAMP+brass", ["Brass LAMP"]), ("q=c-0", ["Lamp"]),
            ("q=%C3%A9clair", ["Éclair"]), ("q=lamp+galley", ["Brass LAMP"]), ("q=lampe", []),
            ("category=Galley", ["Brass LAMP", "Éclair"]),
            ("category=galley", []), ("category=Galley&q=lamp", ["Brass LAMP"]),
            ("category=&q=&sort=&at=", ["Lamp", "Brass LAMP", "Éclair"]),
        ])
    func finding(query: String, found: [String]) throws {
        let state = try state([("Lamp", 3, "Deck"), ("Brass LAMP", 1, "Galley"), ("Éclair", 2, "Galley")])
        #expect(try titles(query, in: state) == found)
    }

    @Test(
        "every order sorts as its label says",
        arguments: [
            (ProductOrder.oldest, ["b", "A", "c", "B"]), (.newest, ["B", "c", "A", "b"]),
            (.changed, ["B", "c", "A", "b"]), (.title, ["A", "b", "B", "c"]),
            (.cheapest, ["c", "b", "A", "B"]), (.dearest, ["B", "b", "A", "c"]),
        ])
    func sorting(order: ProductOrder, sorted: [String]) throws {
        let state = try state([("b", 2, ""), ("A", 2, ""), ("c", 1, ""), ("B", 3, "")])
        #expect(try titles("sort=\(order.rawValue)", in: state) == sorted)
    }

    @Test("a page has a hundred products, and no product is on two pages")
    func paging() throws {
        let state = try state((1...250).map { ("P\($0)", 1, "") })
        let pages = try (1...3).map { try ProductSearch(Query("sort=cheapest&page=\($0)")).find(in: state) }
        #expect(pages.map(\.products.count) == [100, 100, 50] && pages.map(\.first) == [1, 101, 201])
        #expect(pages.flatMap(\.products).map(\.id) == Array(1...250))
        #expect(pages.allSatisfy { $0.count == 250 && $0.pageCount == 3 })
        let beyond = #expect(throws: Problem.self) { try ProductSearch(Query("page=4")).find(in: state) }
        #expect(beyond?.status == .notFound && beyond?.detail == "there is no page 4; the last is 3")
    }

    @Test(
        "an invalid field is reported with its name",
        arguments: [
            ("sort=cheap", "sort"), ("page=0", "page"), ("page=-1", "page"), ("page=", "page"),
            ("page=18446744073709551615", "page"),
            ("q=" + String(repeating: "x", count: 257), "q"),
            ("category=" + String(repeating: "x", count: 257), "category"),
        ])
    func faults(query: String, field: String) {
        let problem = #expect(throws: Problem.self) { try ProductSearch(Query(query)) }
        #expect(problem?.status == .badRequest && problem?.field == field)
    }

    @Test("an address keeps the fields of the search")
    func addresses() throws {
        let search = try ProductSearch(Query("q=a%26b&sort=title&at=2h&page=3&category="))
        #expect(search.address(page: 4, at: "2h") == "/?q=a%26b&sort=title&at=2h&page=4")
        #expect(search.address(at: nil) == "/?q=a%26b&sort=title")
        #expect(try ProductSearch(Query("q=++")).isNarrowed == false)
        #expect(ProductSearch().address(at: nil) == "/")
    }
}
