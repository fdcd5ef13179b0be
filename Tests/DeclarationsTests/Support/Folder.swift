import Declarations
import JSON

/// A folder of an application, as a test writes it.
struct Folder: Sendable, CustomStringConvertible {
    let name: String
    private var files: [String: [UInt8]]

    /// A folder with an `app.json`, schemas, and views whose contents do not matter.
    init(_ name: String, _ definition: String? = nil, files: [String: String] = [:], views: [String] = []) {
        self.name = name
        self.files = files.mapValues { Array($0.utf8) }
        if let definition { self.files["app.json"] = Array(definition.utf8) }
        for view in views { self.files["views/\(view).handlebars"] = [] }
    }

    var description: String { name }

    /// The folder with another text in a file, which must have the old text once.
    func replacing(_ old: String, with new: String, in file: String = "app.json") -> Folder {
        let parts = String(decoding: files[file, default: []], as: UTF8.self).split(
            separator: old, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "\(file) has \(parts.count - 1) times \(old)")
        var folder = self
        folder.files[file] = Array(parts.joined(separator: new).utf8)
        return folder
    }

    /// - Throws: the faults.
    func read() throws(ApplicationFaults) -> ApplicationDefinition { try ApplicationDefinition(files: files) }

    /// The faults of the folder as text; empty when it has none.
    var faults: [String] {
        do throws(ApplicationFaults) {
            _ = try read()
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }
}

/// A folder with the faults that it must have.
struct BrokenFolder: Sendable, CustomStringConvertible {
    let folder: Folder
    let faults: [String]

    init(
        _ name: String, _ definition: String? = nil, files: [String: String] = [:], views: [String] = [],
        faults: [String]
    ) {
        folder = Folder(name, definition, files: files, views: views)
        self.faults = faults
    }

    var description: String { folder.name }
}

extension Folder {
    /// An application that uses every part of the grammar.
    static let shop = Folder(
        "a shop",
        """
        {
          "name": "Shop",
          "topics": {
            "orders/{order}": {
              "closed": true,
              "order.placed": { "schema": "schemas/order-placed.json" },
              "order.paid": {
                "schema": { "type": "object", "required": ["amount"], "properties": { "amount": { "type": "number" } } },
                "commandOnly": true
              },
              "order.cancelled": {}
            },
            "shops/{shop}/visits": { "visited": {}, "left": {} }
          },
          "collections": {
            "orders": {
              "from": "orders/*", "key": "topic.order",
              "on": {
                "order.placed": {
                  "put": { "customer": "data.customer", "total": "data.total", "status": "=placed", "placed": "time" }
                },
                "order.paid": { "add": { "paid": "data.amount" }, "set": { "status": "=paid" } },
                "order.cancelled": { "set": { "status": "=cancelled" } }
              },
              "index": ["status", "placed"]
            },
            "customers": {
              "of": "orders", "by": "customer", "where": { "status": { "not": "cancelled" } },
              "fields": { "orders": "count", "spent": "sum total", "latest": "max placed", "first": "min placed" },
              "index": ["spent"]
            },
            "sizes": { "of": "customers", "by": "orders", "fields": { "customers": "count" } },
            "visits": {
              "from": "shops/**", "key": "data.visitor.id",
              "on": {
                "visited": {
                  "count": "visits", "min": { "first": "time" }, "max": { "last": "offset" },
                  "push": { "recent": "data", "keep": 5 }, "unset": ["note"],
                  "set": { "shop": "topic.shop", "by": "source", "event": "id", "x": "==x", "n": 1.50, "t": true, "z": null }
                },
                "left": { "count": ["visits", "leaves"], "push": { "recent": "data.tags.0" }, "delete": true }
              }
            }
          },
          "commands": {
            "order.place": { "topic": "orders/{order}", "event": "order.placed", "unless": "orders", "code": "exists" },
            "order.pay": {
              "topic": "orders/{order}", "event": "order.paid", "when": { "orders": { "status": "placed" } },
              "code": "not-payable"
            },
            "order.cancel": {
              "topic": "orders/{order}", "event": "order.cancelled", "when": "orders",
              "unless": { "orders": { "status": { "in": ["paid", "cancelled"] } } }, "message": "it is too late"
            },
            "note": { "topic": "notes", "event": "noted" },
            "greet": { "topic": "customers/{name}", "event": "greeted", "when": "customers" }
          },
          "pages": {
            "/": { "template": "home" },
            "/orders": {
              "template": "orders", "list": "orders", "row": "order-row",
              "where": { "status": "?status", "total": { "gte": "?from", "lt": 100 }, "customer": { "not": "??" } },
              "sort": "-placed,customer", "size": 50, "title": "All orders", "layout": "wide"
            },
            "/orders/{order}": { "template": "order", "one": "orders", "layout": "main" },
            "/customers/{name}": { "template": "admin/customer", "one": "customers" }
          }
        }
        """,
        files: [
            "schemas/order-placed.json": """
            {
              "type": "object", "required": ["customer", "total"], "additionalProperties": false,
              "properties": {
                "customer": { "type": "string" }, "total": { "type": "number" }, "count": { "type": "integer" },
                "gift": { "type": "boolean" }, "tags": { "type": "array" }, "note": { "type": ["string", "null"] },
                "rank": { "type": ["integer", "null"] }
              }
            }
            """
        ],
        views: ["home", "orders", "order", "admin/customer", "partials/order-row", "layouts/wide"])
}
