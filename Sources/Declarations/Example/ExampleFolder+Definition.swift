extension ExampleFolder {
    static let definition = """
        {
          "name": "Orders",
          "topics": {
            "orders/{order}": {
              "closed": true,
              "order.placed": { "schema": "schemas/order-placed.json", "commandOnly": true },
              "order.paid": { "schema": "schemas/order-paid.json", "commandOnly": true },
              "order.cancelled": { "schema": "schemas/order-cancelled.json", "commandOnly": true }
            }
          },
          "collections": {
            "orders": {
              "from": "orders/*",
              "key": "topic.order",
              "on": {
                "order.placed": {
                  "put": {
                    "customer": "data.customer", "total": "data.total", "placed": "time",
                    "status": "=placed", "isOpen": true
                  }
                },
                "order.paid": { "set": { "status": "=paid", "isOpen": false }, "add": { "paid": "data.amount" } },
                "order.cancelled": { "set": { "status": "=cancelled", "isOpen": false } }
              },
              "index": ["status", "placed"]
            },
            "customers": {
              "of": "orders",
              "by": "customer",
              "where": { "status": { "not": "cancelled" } },
              "fields": { "orders": "count", "spent": "sum total", "latest": "max placed" }
            }
          },
          "commands": {
            "order.place": { "topic": "orders/{order}", "event": "order.placed", "unless": "orders", "code": "exists" },
            "order.pay": {
              "topic": "orders/{order}", "event": "order.paid",
              "when": { "orders": { "status": "placed" } }, "code": "not-payable"
            },
            "order.cancel": {
              "topic": "orders/{order}", "event": "order.cancelled",
              "when": { "orders": { "status": "placed" } }, "code": "not-cancellable"
            }
          },
          "pages": {
            "/orders": {
              "template": "orders", "layout": "shop", "title": "Orders",
              "list": "orders", "row": "order-row", "where": { "status": "?status" }, "sort": "-placed", "size": 50
            },
            "/orders/{order}": { "template": "order", "layout": "shop", "title": "Order", "one": "orders" },
            "/customers": {
              "template": "customers", "layout": "shop", "title": "Customers",
              "list": "customers", "row": "customer-row", "sort": "-spent", "size": 50
            }
          }
        }

        """

    static let placedSchema = """
        {
          "type": "object",
          "required": ["customer", "total"],
          "properties": {
            "customer": { "type": "string", "minLength": 1, "maxLength": 100 },
            "total": { "type": "number", "minimum": 0, "maximum": 1000000 }
          },
          "additionalProperties": false
        }

        """

    static let paidSchema = """
        {
          "type": "object",
          "required": ["amount"],
          "properties": {
            "amount": { "type": "number", "minimum": 0, "maximum": 1000000 }
          },
          "additionalProperties": false
        }

        """

    static let cancelledSchema = """
        {
          "type": "object",
          "properties": {
            "reason": { "type": "string", "maxLength": 200 }
          },
          "additionalProperties": false
        }

        """
}
