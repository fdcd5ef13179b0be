public import BitacoraServer
public import Commands
public import EventLog
import Handlebars
import Hummingbird
import JSON

/// An order as the pages and commands see it.
public struct Order: Sendable, Equatable {
    var customer: String
    var isPaid = false
}

/// Folds the log into the orders by their ids.
public struct OrderProjection: Projection {
    public let name = "orders"
    public let initial: [Int: Order] = [:]

    public func apply(_ event: borrowing EventView, to orders: inout [Int: Order]) {
        let data = event.data.withUnsafeBytes { try? JSONValue(parsing: $0) }
        guard let id = data?["order"]?.int else { return }
        switch event.typeText {
        case "order.placed": orders[id] = Order(customer: data?["customer"]?.string ?? "")
        case "order.paid": orders[id]?.isPaid = true
        default: break
        }
    }

    public func encode(_ orders: [Int: Order]) -> [UInt8] {
        let rows: [JSONValue] = orders.sorted { $0.key < $1.key }.map { id, order in
            ["order": .number(JSONNumber(id)), "customer": .string(order.customer), "paid": .bool(order.isPaid)]
        }
        return JSONValue.array(rows).bytes
    }

    public func decode(_ bytes: [UInt8]) throws -> [Int: Order] {
        let rows = try JSONValue(parsing: bytes).array ?? []
        return rows.reduce(into: [:]) { orders, row in
            orders[row["order"]?.int ?? 0] = Order(
                customer: row["customer"]?.string ?? "", isPaid: row["paid"]?.bool ?? false)
        }
    }
}

/// A small application: orders are placed and paid, over sockets, with a form, and on a page.
public struct Orders: BitacoraApplication {
    public let name = "orders"
    public let projection = OrderProjection()
    public let requiredViews = ["orders"]
    public let files = ViewFiles.memory([
        "orders.handlebars": Array(
            """
            <ul>{{#each orders}}<li>{{customer}}{{#if paid}} (paid){{/if}}</li>{{else}}<li>No orders yet</li>{{/each}}</ul>
            <form method="post"><input name="order" inputmode="numeric"><input name="customer"><button>Place</button></form>
            """.utf8)
    ])

    public init() {}

    public var commands: [CommandDefinition<[Int: Order]>] {
        [
            CommandDefinition("order.place", event: "order.placed", address: "POST /orders") { orders, command in
                let id = try command.id("order")
                guard orders[id] == nil else {
                    throw Refusal(
                        code: .init("exists", .conflict), message: "order \(id) is placed already", field: "order")
                }
                return [DecidedEvent(topic: "orders/\(id)", type: "order.placed", data: .object(command.object))]
            },
            CommandDefinition("order.pay", event: "order.paid") { orders, command in
                let id = try command.id("order")
                guard let order = orders[id] else {
                    throw Refusal(code: .notFound, message: "there is no order \(id)", field: "order")
                }
                if order.isPaid { return [] }
                return [DecidedEvent(topic: "orders/\(id)", type: "order.paid", data: .object(command.object))]
            },
        ]
    }

    public func start(in context: ApplicationContext<OrderProjection>) -> ApplicationParts {
        var parts = ApplicationParts()
        parts.routes.add(
            "/orders",
            [
                .get: { request, _ in
                    let orders = context.state.sorted { $0.key < $1.key }.map(\.value)
                    let rows = Value.list(orders) { ["customer": .string($0.customer), "paid": .bool($0.isPaid)] }
                    return .page(try context.views.render("orders", ["title": "Orders", "orders": rows]), request)
                },
                .post: { request, _ in
                    let form = try await request.form(limit: 4096)
                    let id = try FormNumber.read(form.fields["order"] ?? "", of: "order", example: "7")
                    let data: JSONValue = ["order": .number(id), "customer": .string(form.fields["customer"] ?? "")]
                    _ = try await context.perform(Command(name: "order.place", data: data), id: form.id, source: "form")
                    return .seeOther("/orders")
                },
            ])
        return parts
    }
}
