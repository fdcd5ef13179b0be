import BitacoraServer
import EventLog
import Handlebars
import JSON

/// The values of the home page: the products that match its form, in the newest or in an earlier state.
struct HomePage: Sendable {
    /// The most categories that are offered. Those with the most products are chosen.
    static let maximumCategories = 200

    let log: EventLog
    let offset: Offset
    let state: MarketplaceState
    /// The text of each field of the form that is not empty.
    let typed: [String: String]
    /// Nil when the form cannot be answered; `problem` has the reason.
    let found: (search: ProductSearch, products: ProductSearch.Found)?
    var problem: Problem?

    /// The values for the template.
    ///
    /// - Parameter row: the values of a product.
    /// - Throws: when the log cannot be read.
    func value(_ row: ObjectShape<Product>) throws(ReadError) -> Value {
        let products = state.productsInOrder
        let counts = products.reduce(into: [String: Int]()) { $0[$1.category, default: 0] += 1 }
        var object: Object = [
            "title": "Products", "isHome": true, "offset": Value(offset.rawValue), "logId": .string("\(log.id)"),
            "position": .string("\(Position(log: log.id, offset: offset))"),
            "productCount": .string(PageText.grouped(products.count)),
            "saleCount": .string(PageText.grouped(products.count { $0.status && $0.stock > 0 })),
            "fields": .object(ProductSearch.fields.reduce(into: Object()) { $0[$1] = .string(typed[$1] ?? "") }),
            "categories": categories(counts), "orders": orders,
            "activity": try ProductActivity(through: offset, in: log, state).value,
        ]
        if let problem {
            object["problem"] = .string(PageText.escaped(problem.detail))
            object["faults"] = .object([problem.field ?? "": true])
        }
        guard let found else { return .object(object) }
        describe(found.search, found.products, row, in: &object)
        if typed["at"] != nil { object["past"] = try past(found.search) }
        return .object(object)
    }

    private func describe(
        _ search: ProductSearch, _ found: ProductSearch.Found, _ row: ObjectShape<Product>, in object: inout Object
    ) {
        object["products"] = .list(found.products, row)
        object["isNarrowed"] = .bool(search.isNarrowed)
        object["found"] = .string(PageText.counted(found.count, "product"))
        object["everything"] = .string(ProductSearch().address(at: typed["at"]))
        guard found.pageCount > 1 else { return }
        object["pages"] = [
            "page": Value(found.page), "count": Value(found.pageCount),
            "first": .string(PageText.grouped(found.first)),
            "last": .string(PageText.grouped(found.first + found.products.count - 1)),
            "previous": found.page > 1 ? .string(search.address(page: found.page - 1, at: typed["at"])) : .null,
            "next": found.page < found.pageCount
                ? .string(search.address(page: found.page + 1, at: typed["at"])) : .null,
        ]
    }

    /// The earlier state that is shown, with links to the previous event, the next event and the newest state.
    private func past(_ search: ProductSearch) throws(ReadError) -> Value {
        let time = offset >= log.first ? try log.event(at: offset)?.time : nil
        return [
            "clock": time.map { .string(PageText.clock($0)) } ?? .null, "now": .string(search.address(at: nil)),
            "before": offset > log.first.previous ? .string(search.address(at: "\(offset.previous)")) : .null,
            "after": offset < log.head ? .string(search.address(at: "\(offset.next)")) : .null,
            "event": time == nil ? .null : .string("/log/\(offset)"),
        ]
    }

    /// The categories by name. The chosen category is among them even when no product has it.
    private func categories(_ counts: [String: Int]) -> Value {
        let chosen = typed["category"]
        let offered = counts.filter { !$0.key.isEmpty && $0.key != chosen }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.maximumCategories).map(\.key)
        return .list((offered + [chosen].compactMap { $0 }).sorted()) { name in
            [
                "name": .string(name), "count": .string(PageText.grouped(counts[name] ?? 0)),
                "isChosen": .bool(name == chosen),
            ]
        }
    }

    private var orders: Value {
        let chosen = typed["sort"]
        return .list(ProductOrder.allCases) { order in
            [
                "name": .string(order.rawValue), "label": .string(order.label),
                "isChosen": .bool(order.rawValue == chosen),
            ]
        }
    }
}

/// The latest changes of products up to an offset.
struct ProductActivity: Sendable {
    /// The most events that are listed.
    static let maximumCount = 5

    private struct Entry: Sendable {
        let offset: Offset
        let time: Timestamp
        /// `created`, `changed` or `deleted`.
        let change: String
        let title: String
    }

    private let entries: [Entry]

    /// Reads the latest changes from the log.
    ///
    /// - Parameter state: the state at `offset`, for the titles of products whose events do not have them.
    init(through offset: Offset, in log: EventLog, _ state: MarketplaceState) throws(ReadError) {
        let filter = EventFilter(topics: [MarketplaceTopic.productPattern])
        entries = try log.readBackward(before: offset.next, filter: filter, limit: Self.maximumCount).events.compactMap
        { event in
            guard let change = Self.changes[event.type], case .json(let bytes) = event.data,
                let data = try? JSONValue(parsing: bytes),
                let id = data["id"]?.int
            else { return nil }
            let title = data["title"]?.string ?? state.product(id)?.title ?? "product \(id)"
            return Entry(offset: event.offset, time: event.time, change: change, title: title)
        }
    }

    private static let changes = [
        MarketplaceEventType.productCreated: "created", MarketplaceEventType.productUpdated: "changed",
        MarketplaceEventType.productDeleted: "deleted",
    ]

    /// The changes for the templates, the newest first.
    var value: Value {
        .list(entries) { entry in
            [
                "offset": Value(entry.offset.rawValue), "time": .string(entry.time.description),
                "clock": .string(PageText.clock(entry.time)),
                "change": .string(entry.change), "title": .string(entry.title),
            ]
        }
    }
}
