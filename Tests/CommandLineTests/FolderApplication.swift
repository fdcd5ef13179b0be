import Declarations
import EventLog

/// A small application in a folder: orders, whose events have schemas, and the customers that they are grouped by.
enum FolderApplication {
    static let files = [
        "app.json": """
        {
          "topics": {
            "orders/{order}": {
              "closed": true,
              "order.placed": { "schema": "schemas/placed.json" },
              "order.paid": {
                "schema": {
                  "type": "object", "required": ["amount"], "properties": { "amount": { "type": "number" } }
                }
              },
              "order.cancelled": { "commandOnly": true }
            }
          },
          "collections": {
            "orders": {
              "from": "orders/*", "key": "topic.order",
              "on": {
                "order.placed": { "put": { "customer": "data.customer", "total": "data.total", "status": "=placed" } },
                "order.paid": { "set": { "status": "=paid" }, "add": { "paid": "data.amount" } },
                "order.cancelled": { "set": { "status": "=cancelled" } }
              }
            },
            "customers": {
              "of": "orders", "by": "customer", "fields": { "orders": "count", "spent": "sum total" }
            }
          },
          "commands": {
            "order.cancel": {
              "topic": "orders/{order}", "event": "order.cancelled", "when": { "orders": { "status": "placed" } },
              "code": "not-placed"
            }
          }
        }
        """,
        "schemas/placed.json": """
        {
          "type": "object", "required": ["customer", "total"],
          "properties": { "customer": { "type": "string" }, "total": { "type": "number" } }
        }
        """,
    ]

    /// Two orders of Ada and one of Bob: placed at offsets 1, 2 and 4, paid at 3, cancelled at 5.
    static let events = [
        event(1, "order.placed", #"{"customer":"Ada","total":10}"#),
        event(2, "order.placed", #"{"customer":"Bob","total":5}"#),
        event(1, "order.paid", #"{"amount":10}"#),
        event(3, "order.placed", #"{"customer":"Ada","total":2.5}"#),
        event(2, "order.cancelled", "{}"),
    ]

    static func event(_ order: Int, _ type: String, _ data: String) -> NewEvent {
        NewEvent(topic: "orders/\(order)", type: type, data: TemporaryLog.json(data))
    }

    /// A log with `events` and the definition, as a server leaves it.
    static func log(_ files: [String: String] = files) async throws -> TemporaryLog {
        let log = try await TemporaryLog(events)
        try await store(files, in: log)
        return log
    }

    static func definition(_ files: [String: String]) throws -> ApplicationDefinition {
        try ApplicationDefinition(files: files.mapValues { Array($0.utf8) })
    }

    /// Stores the definition of an application in a log, as a server does at its start.
    static func store(_ files: [String: String], in directory: TemporaryLog) async throws {
        let definition = try definition(files)
        let log = try EventLog(directory: directory.directory)
        defer { Tool.whileNothingIsSpawned { log.close() } }
        try await log.storeDefinition(StoredDefinition(archive: definition.archive, collections: [:]).bytes)
    }
}
