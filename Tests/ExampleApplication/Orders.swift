public import BitacoraServer
public import Commands
public import EventLog
import Handlebars
import Hummingbird
import JSON

/// A small application: orders are placed and paid, with commands over sockets and with a form.
public struct Orders: BitacoraApplication {
    /// The name of the application.
    public let name = "orders"
    /// The state that commands are decided against: the orders by their ids.
    public let projection = OrderProjection()

    /// The commands, and how each is decided.
    public let commands: [CommandDefinition<[Int: Order]>] = [
        CommandDefinition("order.place", event: "order.placed", address: "POST /orders") { orders, command in
            let id = try command.id("order")
            guard orders[id] == nil else {
                throw Refusal(code: .init("exists", .conflict), message: "order \(id) exists already", field: "order")
            }
            return [command.event(on: "orders/\(id)")]
        },
        CommandDefinition("order.pay", event: "order.paid") { orders, command in
            let id = try command.id("order")
            guard let order = orders[id] else {
                throw Refusal(code: .notFound, message: "there is no order \(id)", field: "order")
            }
            return order.isPaid ? [] : [command.event(on: "orders/\(id)")]
        },
    ]

    /// The views that the server must find at its start.
    public let requiredViews = ["orders"]
    /// The template of the page.
    public let files = ViewFiles.memory([
        "orders.handlebars": Array(
            """
            <ul>{{#each orders}}<li>{{customer}}{{#if paid}} (paid){{/if}}</li>{{else}}<li>No orders yet</li>{{/each}}</ul>
            <form method="post"><input name="order" inputmode="numeric"><input name="customer"><button>Place</button></form>
            """.utf8)
    ])

    /// Makes the application.
    public init() {}

    /// Adds the page and its form at `/orders`.
    public func start(in context: ApplicationContext<OrderProjection>) -> ApplicationParts {
        var parts = ApplicationParts()
        parts.routes.add(
            "/orders", [.get: { request, _ in try show(request) }, .post: { request, _ in try await place(request) }])
        return parts

        @Sendable func show(_ request: Request) throws -> Response {
            let orders = context.state.sorted { $0.key < $1.key }.map(\.value)
            let rows = Value.list(orders) { ["customer": .string($0.customer), "paid": .bool($0.isPaid)] }
            return .page(try context.views.render("orders", ["title": "Orders", "orders": rows]), request)
        }

        @Sendable func place(_ request: Request) async throws -> Response {
            let form = try await request.form(limit: 4096)
            let id = try FormNumber.read(form.fields["order"] ?? "", of: "order", example: "7")
            let data: JSONValue = ["order": .number(id), "customer": .string(form.fields["customer"] ?? "")]
            _ = try await context.perform(Command(name: "order.place", data: data), id: form.id, source: "form")
            return .seeOther("/orders")
        }
    }
}

/// An order as the commands and the page see it.
public struct Order: Sendable {
    let customer: String
    var isPaid = false
}

/// Folds the log into the orders by their ids.
public struct OrderProjection: Projection {
    /// The name of the state in `GET /api/state/orders`.
    public let name = "orders"
    /// The state before the first event.
    public let initial: [Int: Order] = [:]

    /// Applies one event of the log.
    public func apply(_ event: borrowing EventView, to orders: inout [Int: Order]) {
        let data = event.jsonData
        guard let id = data?["order"]?.int else { return }
        switch event.typeText {
        case "order.placed": orders[id] = Order(customer: data?["customer"]?.string ?? "")
        case "order.paid": orders[id]?.isPaid = true
        default: break
        }
    }

    /// Writes the state for a snapshot, so that the next start of the server folds only the events after the snapshot.
    public func encode(_ orders: [Int: Order]) -> [UInt8] {
        let rows: [JSONValue] = orders.sorted { $0.key < $1.key }.map { id, order in
            ["order": .number(JSONNumber(id)), "customer": .string(order.customer), "paid": .bool(order.isPaid)]
        }
        return JSONValue.array(rows).bytes
    }

    /// Reads what `encode` wrote.
    public func decode(_ bytes: [UInt8]) throws -> [Int: Order] {
        var orders: [Int: Order] = [:]
        for row in try JSONValue(parsing: bytes).array ?? [] {
            guard let id = row["order"]?.int, let customer = row["customer"]?.string else { continue }
            orders[id] = Order(customer: customer, isPaid: row["paid"]?.bool ?? false)
        }
        return orders
    }
}
