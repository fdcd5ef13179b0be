/// The example that `bitacora app new` writes: orders that are placed, paid and cancelled.
package enum ExampleFolder {
    /// The files by their paths: `app.json`, `schemas/…`, `views/…`.
    package static let files: [String: String] = [
        "README.md": readme,
        "app.json": definition,
        "schemas/order-placed.json": placedSchema,
        "schemas/order-paid.json": paidSchema,
        "schemas/order-cancelled.json": cancelledSchema,
        "views/orders.handlebars": ordersPage,
        "views/order.handlebars": orderPage,
        "views/customers.handlebars": customersPage,
        "views/partials/order-row.handlebars": orderRow,
        "views/partials/customer-row.handlebars": customerRow,
        "views/layouts/shop.handlebars": layout,
        "views/assets/orders.css": stylesheet,
    ]

    private static let readme = """
        # Orders

        An application on Bitácora, without code. Start it in this folder:

            bitacora serve --app .

        Then open http://127.0.0.1:8080/orders, or use the same commands and rows from a program:

            curl http://127.0.0.1:8080/commands/order.place \\
                -H 'Content-Type: application/json' -d '{"order": 1, "customer": "Ana", "total": 12.5}'
            curl -g 'http://127.0.0.1:8080/api/collections/orders?where[status]=placed'

        - `app.json` declares what can happen (topics), what is shown (collections), what can be requested (commands), and
          the pages.
        - `schemas/` says which data the events have.
        - `views/` has the pages, as Handlebars templates.

        After a change, `bitacora app check .` reports every error with its file, line and column. With `--development` the
        server reads the files again when they change.

        """
}
