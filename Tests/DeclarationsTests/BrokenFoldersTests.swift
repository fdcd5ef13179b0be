import Declarations
import Testing

/// Folders with faults: every fault is reported, at its place.
@Suite struct BrokenFoldersTests {
    @Test(
        "all faults of a folder are reported at once, each with its place and what to write instead", arguments: broken)
    func reportsAllFaults(of broken: BrokenFolder) {
        #expect(broken.folder.faults == broken.faults)
    }

    private static let broken: [BrokenFolder] = files + topics + collections + groups + commands + pages

    private static let files = [
        BrokenFolder(
            "an empty folder",
            faults: [
                "app.json: the folder has no app.json; bitacora app new DIR writes a folder with a working example"
            ]),
        BrokenFolder(
            "syntax errors in two files", "{\n  \"topics\": {},\n}", files: ["schemas/a.json": "[1 2]"],
            faults: [
                "app.json:2:15: nothing follows this comma before '}'; remove the comma",
                "schemas/a.json:1:4: expected ',' or ']', found '2'; write a comma before it",
            ]),
        BrokenFolder(
            "an array", "[]",
            faults: [
                "app.json:1:1: app.json must be an object with the keys name, topics, collections, commands, pages, not an array"
            ]),
        BrokenFolder(
            "repeated and unknown keys",
            """
            {
              "name": 7,
              "topic": {},
              "sockets": {},
              "commands": {},
              "commands": []
            }
            """,
            faults: [
                #"app.json:2:11: "name" must be a string of 1 to 64 characters, not a number"#,
                #"app.json:3:3: unknown key "topic"; did you mean "topics"?"#,
                #"app.json:4:3: unknown key "sockets"; the keys are name, topics, collections, commands, pages"#,
                #"app.json:6:3: the name "commands" occurs twice in this object; remove one of them"#,
                #"app.json:6:15: "commands" must be an object of commands, not an array"#,
            ]),
        BrokenFolder(
            "a title that is too long", #"{ "name": "\#(String(repeating: "n", count: 65))" }"#,
            faults: [
                #"app.json:1:11: "name" must be a string of 1 to 64 characters, not 65"#
            ]),
    ]

    private static let topics = [
        BrokenFolder(
            "topics",
            """
            {
              "topics": {
                "orders/{order}": {
                  "closed": "yes",
                  "placed": { "schema": "schemas/order-place.json", "commandonly": true },
                  "paid": { "commandOnly": 1 },
                  "disconnect": {},
                  "sent": []
                },
                "orders/new": {},
                "orders/*": {},
                "{a}/{a}": {},
                "collections/{name}": {},
                "$internal": {},
                "chat": null
              }
            }
            """, files: ["schemas/order-placed.json": "true"],
            faults: [
                #"app.json:4:17: "closed" must be true or false, not a string"#,
                #"app.json:5:29: there is no schema "schemas/order-place.json"; did you mean "schemas/order-placed.json"?"#,
                #"app.json:5:57: unknown key "commandonly"; did you mean "commandOnly"?"#,
                #"app.json:6:32: "commandOnly" must be true or false, not a number"#,
                #"app.json:7:7: the type "disconnect" is reserved by the server; choose another name"#,
                #"app.json:8:15: "sent" must be an object with the keys schema, commandOnly, not an array"#,
                "app.json:10:5: some topics match both orders/new and orders/{order}; write one of them, or a different first level",
                #"app.json:11:5: "orders/*" is not a topic; write levels as in orders/{order}, where {order} stands for one level"#,
                #"app.json:12:5: "{a}/{a}" is not a topic; write levels as in orders/{order}, where {order} stands for one level"#,
                "app.json:13:5: topics below collections belong to the server; choose another first level",
                "app.json:14:5: topics below $internal belong to the server; choose another first level",
                #"app.json:15:13: "chat" must be an object of event types, not null"#,
            ])
    ]

    private static let collections = [
        BrokenFolder(
            "keys of collections",
            """
            {
              "topics": { "orders/{order}": { "placed": {}, "paid": {} }, "shops/{city}/{order}": { "visited": {} } },
              "collections": {
                "a": { "from": "orders/{order}", "key": "topic.order", "on": { "placed": { "delete": true } } },
                "b": { "from": "orders/*", "key": "topic.ordr", "on": { "placed": { "delete": true } } },
                "c": { "from": "**", "key": "topic.order", "on": { "placed": { "delete": true } } },
                "d": { "from": "things/*", "key": "topic.thing", "on": { "made": { "delete": true } } },
                "e": { "key": "id", "on": {} },
                "f": { "from": "orders/*", "key": "order" },
                "g": { "from": "orders/*", "key": true, "om": {} },
                "h": { "from": 1, "key": "=", "on": 2 },
                "i.j": { "from": "orders/*", "key": "=all", "on": { "pald": { "delete": true } } },
                "k": 5
              }
            }
            """,
            faults: [
                #"app.json:4:20: "orders/{order}" is not a topic or pattern; names in braces belong to topics; write * for one level, as in orders/*"#,
                #"app.json:5:39: no topic of orders/* has the name "ordr"; did you mean "order"?"#,
                #"app.json:6:33: "order" is level 2 of orders/{order} and level 3 of shops/{city}/{order}; narrow "from" or use another name"#,
                #"app.json:7:39: no topic of things/* has the name "thing"; no declared topic matches things/*, so declare one such as "things/{thing}""#,
                #"app.json:8:5: the collection e has neither from nor of; write the topics that it is made from, as in "from": "orders/*""#,
                #"app.json:8:31: "on" has no event types; write the operations of at least one"#,
                #"app.json:9:5: the collection f has no "on"; write the operations of each event type"#,
                #"app.json:9:39: "order" is not a value; write data.NAME, topic.NAME, time, offset, id or source for a value of the event, and "=order" for this text"#,
                #"app.json:10:39: true cannot be the key of a row; a key is text of 1 to 512 bytes or a number, as in "topic.order""#,
                #"app.json:10:45: unknown key "om"; did you mean "on"?"#,
                #"app.json:11:20: "from" must be a topic or pattern, as in "orders/*", not a number"#,
                #"app.json:11:30: "=" cannot be the key of a row; a key is text of 1 to 512 bytes or a number, as in "topic.order""#,
                #"app.json:11:41: "on" must be an object of event types with their operations, not a number"#,
                #"app.json:12:5: "i.j" is not the name of a collection; write 1 to 64 letters, digits, _ and -, beginning with a letter or _"#,
                #"app.json:12:57: no event of orders/{order} has the type "pald"; did you mean "paid"?"#,
                #"app.json:13:10: "k" must be an object with from, key and on, or with of, by and fields, not a number"#,
            ]),
        BrokenFolder(
            "values and operations",
            """
            {
              "collections": {
                "a": {
                  "from": "a", "key": "id",
                  "on": {
                    "one": {
                      "put": { "b": "placed", "c": "dat.x", "d": "data.", "e": [1], "f": "topic", "g": "times" },
                      "sett": { "b": 1 },
                      "add": { "h": "=1", "i": "time", "j": "data.n", "k": 12345678901234567890123456789012345 },
                      "count": 1,
                      "min": {},
                      "max": "b"
                    },
                    "two": {
                      "push": { "l": "data", "keep": 1001 },
                      "unset": [],
                      "delete": false,
                      "count": ["m", 1]
                    },
                    "three": {},
                    "four": { "push": { "keep": 2 }, "set": { "": 1, "-n": 1, "a[b]": 1, "o,p": 1 } }
                  },
                  "index": ["b", "b", "q", 1]
                }
              }
            }
            """,
            faults: [
                #"app.json:7:25: "placed" is not a value; write data.NAME, topic.NAME, time, offset, id or source for a value of the event, and "=placed" for this text"#,
                #"app.json:7:40: "dat.x" is not a value; did you mean "data.x", or "=dat.x" for this text?"#,
                #"app.json:7:54: the path "data." has an empty name; write names as in data.amount"#,
                #"app.json:7:68: an array is not a value; write data.NAME, topic.NAME, time, offset, id or source for a value of the event, "=text" for this text, a number, true, false or null"#,
                #"app.json:7:78: "topic" is not a value; did you mean "topic.NAME", or "=topic" for this text?"#,
                #"app.json:7:92: "times" is not a value; did you mean "time", or "=times" for this text?"#,
                #"app.json:8:11: unknown key "sett"; did you mean "set"?"#,
                #"app.json:9:25: "=1" is not a number; write a number or a path such as "data.amount""#,
                #"app.json:9:36: "time" is not a number; write a number or a path such as "data.amount""#,
                "app.json:9:64: 12345678901234567890123456789012345 has too many digits; a number that is added has at most 34",
                #"app.json:10:20: "count" must be a field, or an array of fields, not a number"#,
                #"app.json:11:18: "min" has no fields; write at least one, as in {"latest": "time"}"#,
                #"app.json:12:18: "max" must be an object of fields with their values, as in {"status": "=paid"}, not a string"#,
                #"app.json:15:42: "keep" must be a whole number, 1 to 1000, not 1001"#,
                "app.json:16:20: the array has no fields; write at least one",
                #"app.json:17:21: "delete" must be true, not false; leave it out to keep the row"#,
                "app.json:18:26: element 2 must be the name of a field, not a number",
                #"app.json:20:18: "three" has no operations; the operations are put, set, add, count, min, max, push, unset, delete"#,
                #"app.json:21:27: "push" has no fields; write at least one, as in {"latest": "time"}"#,
                #"app.json:21:51: the field "" is empty; choose another name"#,
                #"app.json:21:58: the field "-n" begins with -, which means a descending sort; choose another name"#,
                #"app.json:21:67: the field "a[b]" contains a bracket or a comma, which separate fields in queries; choose another name"#,
                #"app.json:21:78: the field "o,p" contains a bracket or a comma, which separate fields in queries; choose another name"#,
                #"app.json:23:22: the field "b" occurs twice; remove one of them"#,
                "app.json:23:32: element 4 must be the name of a field, not a number",
            ]),
    ]

    private static let groups = [
        BrokenFolder(
            "groups",
            """
            {
              "collections": {
                "orders": {
                  "from": "orders/*", "key": "id",
                  "on": { "placed": { "put": { "customer": "data.customer", "total": "data.total" } } }
                },
                "a": { "of": "order", "by": "customer", "fields": { "n": "count" } },
                "b": { "of": "orders", "by": "custmer", "fields": { "n": "counts", "s": "sum totl", "t": "total" } },
                "c": {
                  "of": "orders", "where": { "status": 1, "total": { "gtt": 1 } }, "from": "x",
                  "fields": {}, "index": ["n"]
                },
                "d": { "of": "orders", "by": "total", "fields": [], "where": { "stats": 1 } },
                "e": { "of": 1 },
                "f": { "of": "d", "by": "anything", "fields": { "m": "max nothing" } },
                "g": { "of": "a", "by": "m", "fields": { "x": "sum n" } }
              }
            }
            """,
            faults: [
                #"app.json:7:18: there is no collection "order"; did you mean "orders"?"#,
                #"app.json:8:34: orders has no field "custmer"; did you mean "customer"?"#,
                #"app.json:8:62: "counts" is not an aggregate; did you mean "count"?"#,
                #"app.json:8:77: orders has no field "totl"; did you mean "total"?"#,
                #"app.json:8:94: "total" is not an aggregate; write "count", "sum FIELD", "min FIELD" or "max FIELD""#,
                #"app.json:9:5: the collection c has no "by"; write the field whose values make the groups"#,
                "app.json:10:58: 'gtt' is not a comparison; write not, lt, lte, gt, gte or in",
                #"app.json:10:72: a collection with "of" has no "from"; its rows are made from the rows of orders"#,
                #"app.json:11:17: "fields" has no fields; write at least one, as in {"orders": "count"}"#,
                #"app.json:13:53: "fields" must be an object of fields, as in {"orders": "count", "spent": "sum total"}, not an array"#,
                #"app.json:13:68: orders has no field "stats"; its fields are customer, total"#,
                #"app.json:14:5: the collection e has no "by"; write the field whose values make the groups"#,
                #"app.json:14:5: the collection e has no "fields"; write at least one, as in {"orders": "count"}"#,
                #"app.json:14:18: "of" must be the name of a collection, not a number"#,
            ]),
        BrokenFolder(
            "cycles of groups",
            """
            {
              "collections": {
                "a": { "of": "b", "by": "x", "fields": { "n": "count" } },
                "b": { "of": "a", "by": "x", "fields": { "n": "cont" } },
                "c": { "of": "c", "by": "x", "fields": { "n": "count" } },
                "d": { "of": "a", "by": "x", "fields": { "n": "count" }, "key": "id" }
              }
            }
            """,
            faults: [
                "app.json:3:18: a is grouped from itself: a of b of a; group one of them from a collection with from",
                #"app.json:4:51: "cont" is not an aggregate; did you mean "count"?"#,
                "app.json:5:18: c is grouped from itself: c of c; group one of them from a collection with from",
                #"app.json:6:62: a collection with "of" has no "key"; its rows are made from the rows of a"#,
            ]),
    ]

    private static let commands = [
        BrokenFolder(
            "commands",
            """
            {
              "topics": { "orders/{order}": { "placed": {}, "paid": {} } },
              "collections": {
                "orders": { "from": "orders/*", "key": "topic.order", "on": { "placed": { "put": { "status": "=new" } } } },
                "all": { "from": "**", "key": "id", "on": { "placed": { "count": "n" } } }
              },
              "commands": {
                "connect": { "topic": "x", "event": "y" },
                "a b": { "topic": "orders/{order}", "event": "payd" },
                "c": { "topic": "orders/*" },
                "d": { "topic": "orders/{id}", "event": "paid", "when": { "orders": { "statu": "new" } }, "code": "Not payable" },
                "e": { "topic": "orders/{order}", "event": "paid", "when": "orders", "unless": "all" },
                "f": { "topic": "orders/{order}", "event": "paid", "when": "orders", "unless": "orders" },
                "g": { "topic": "{a}/{b}/c", "event": "x", "unless": "all" },
                "h": { "topic": "x", "event": "disconnect", "when": "order", "message": "" },
                "i": { "topic": "x", "event": "y", "code": "z", "mesage": "w" },
                "j": { "topic": "orders/{order}", "event": "paid", "when": { "orders": {}, "all": {} }, "unless": [] },
                "k": { "topic": "orders/{order}", "event": "paid", "when": {} },
                "l": "orders/{order}"
              }
            }
            """,
            faults: [
                #"app.json:8:5: the command name "connect" is reserved by Socket.IO or the server; choose another name"#,
                #"app.json:9:5: "a b" is not the name of a command; write 1 to 64 letters, digits, _, - and dots, beginning with a letter or _"#,
                #"app.json:9:50: the topic orders/{order} has no type "payd"; did you mean "paid"?"#,
                #"app.json:10:5: the command c has no "event"; write the type of the event that it appends"#,
                #"app.json:10:21: "orders/*" is not a topic; write levels as in orders/{order}, where {order} is taken from the data"#,
                "app.json:11:61: the rows of orders have the key topic.order, and the topic orders/{id} has no {order}; write that name into the topic",
                #"app.json:11:75: orders has no field "statu"; did you mean "status"?"#,
                #"app.json:11:103: "Not payable" is not a code; write 1 to 64 lower case letters, digits and hyphens, as in "not-payable""#,
                #"app.json:12:84: one row guards a command; "unless" must name the collection orders, as "when" does"#,
                #"app.json:13:84: "when" needs a row of orders and "unless" refuses every row; remove one, or give "unless" a condition"#,
                "app.json:14:58: the topic {a}/{b}/c must have one name, which is the key of the row in all; it has the names a, b",
                #"app.json:15:35: the type "disconnect" is reserved by the server; choose another name"#,
                #"app.json:15:57: there is no collection "order"; did you mean "orders"?"#,
                #"app.json:15:77: "message" must be a string of 1 to 500 characters, not 0"#,
                #"app.json:16:40: "code" is used when a row refuses the command; write "when" or "unless", or remove "code""#,
                #"app.json:16:53: unknown key "mesage"; did you mean "message"?"#,
                #"app.json:17:80: one row guards a command; remove the second collection "all""#,
                #"app.json:17:103: "unless" must be a collection, or an object with one collection and its condition, as in {"orders": {"status": "placed"}}, not an array"#,
                #"app.json:18:64: "when" must be a collection, or an object with one collection and its condition, as in {"orders": {"status": "placed"}}"#,
                #"app.json:19:10: "l" must be an object with the keys topic, event, when, unless, code, message, not a string"#,
            ])
    ]

    private static let pages = [
        BrokenFolder(
            "pages",
            """
            {
              "collections": {
                "orders": { "from": "orders/*", "key": "id", "on": { "placed": { "put": { "status": "=new" } } } }
              },
              "pages": {
                "orders": { "template": "order" },
                "/api/x": { "template": "orders" },
                "/Log": { "template": "orders" },
                "/{page}": { "template": "orders" },
                "/a/../b": { "template": "orders" },
                "/orders/": { "template": "orders" },
                "/orders": { "template": "order", "list": "order", "row": "row", "layout": "mian" },
                "/orders/new": { "template": "partials/order-row", "one": "orders" },
                "/orders/{a}": { "list": "orders", "one": "orders", "sort": "-placed", "size": 0, "where": { "state": "?s" } },
                "/shop/{a}/{b}": { "template": "orders", "one": "orders" },
                "/x": { "template": "orders", "row": "order-row", "size": 3, "title": 5 },
                "/y": {
                  "template": "orders", "list": "orders", "sort": "status,status",
                  "where": { "status": { "lt": "?", "in": ["?a"], "of": 1 } }
                },
                "/z": { "template": "orders", "list": "orders", "sort": 1, "where": [] }
              }
            }
            """, views: ["orders", "partials/order-row"],
            faults: [
                #"app.json:6:5: "orders" is not a route; write levels of letters, digits, -, ., _ and ~, or a name in braces, as in /orders/{order}, in at most 255 bytes"#,
                #"app.json:6:29: there is no file views/order.handlebars; did you mean "orders"?"#,
                "app.json:7:5: the addresses below /api belong to the server; choose another first level",
                "app.json:9:5: the first level {page} would match the addresses of the server; write a name before it, as in /orders/{page}",
                #"app.json:10:5: "/a/../b" is not a route; write levels of letters, digits, -, ., _ and ~, or a name in braces, as in /orders/{order}, in at most 255 bytes"#,
                #"app.json:11:5: a route does not end with a slash; write "/orders""#,
                #"app.json:12:30: there is no file views/order.handlebars; did you mean "orders"?"#,
                #"app.json:12:47: there is no collection "order"; did you mean "orders"?"#,
                "app.json:12:63: there is no file views/partials/row.handlebars; write it, or name another file",
                "app.json:12:80: there is no file views/layouts/mian.handlebars; write it, or name another file",
                #"app.json:13:34: "partials/order-row" is a partial or layout; name a file that is directly below views/"#,
                "app.json:13:63: the route must have one name, which is the key of the row, as in /orders/{key}; it has no name",
                "app.json:14:5: some addresses match both /orders/{a} and /orders/new; change one of the routes",
                #"app.json:14:5: the page /orders/{a} has no "template"; write the name of a file in views/ without .handlebars"#,
                #"app.json:14:40: a page has "list" or "one", not both; remove one of them"#,
                #"app.json:14:65: orders has no field "placed"; its fields are status"#,
                #"app.json:14:84: "size" must be a whole number, 1 to 1000, not 0"#,
                #"app.json:14:107: orders has no field "state"; did you mean "status"?"#,
                "app.json:15:53: the route must have one name, which is the key of the row, as in /orders/{key}; it has the names a, b",
                #"app.json:16:35: "row" belongs to the rows of a list; write "list", or remove "row""#,
                #"app.json:16:55: "size" belongs to the rows of a list; write "list", or remove "size""#,
                #"app.json:16:75: "title" must be a string of 1 to 200 characters, not a number"#,
                "app.json:18:55: the sort 'status,status' names status twice",
                #"app.json:19:36: "?" is not a parameter of the query; write ? and a name of 1 to 64 bytes, or "??" for text that begins with ?"#,
                #"app.json:19:48: an element of "in" cannot be a parameter; write "in": "?a" for a list separated by commas"#,
                "app.json:19:55: 'of' is not a comparison; write not, lt, lte, gt, gte or in",
                #"app.json:21:61: "sort" must be a field, or several separated by commas, as in "-placed,customer", not a number"#,
                #"app.json:21:73: "where" must be an object of fields with their conditions, as in {"status": "?status"}, not an array"#,
            ])
    ]
}
