import Declarations
import Testing

/// A folder without faults, with one mistake.
@Suite struct MistakeTests {
    /// One change of the shop.
    struct Mistake: Sendable, CustomStringConvertible {
        let old: String
        let new: String
        let file: String
        let faults: [String]

        init(_ old: String, _ new: String, in file: String = "app.json", faults: [String]) {
            (self.old, self.new, self.file, self.faults) = (old, new, file, faults)
        }

        var description: String { new }
    }

    @Test(
        "a mistake is reported where it is, and hides nothing else",
        arguments: [
            Mistake(
                "\"commands\": {\n", "\"command\": {\n",
                faults: [#"app.json:45:3: unknown key "command"; did you mean "commands"?"#]),
            Mistake(
                #""closed": true,"#, #""closed": true,,"#,
                faults: ["app.json:5:22: expected a key in quotes, found ','; remove the comma"]),
            Mistake(
                #""schema": "schemas/order-placed.json""#, #""schema": "/schemas/order-placed.json""#,
                faults: [
                    #"app.json:6:35: there is no schema "/schemas/order-placed.json"; did you mean "schemas/order-placed.json"?"#
                ]),
            Mistake(
                #""required": ["amount"]"#, #""required": "amount""#,
                faults: ["app.json:8:51: must be an array, not a string"]),
            Mistake(
                #""type": "number" } } }"#, #""type": "numbr" } } }"#,
                faults: ["app.json:8:99: 'numbr' is not a supported type; did you mean 'number'?"]),
            Mistake(
                #""total": { "type": "number" }"#, #""total": { "$ref": "money.json" }"#,
                in: "schemas/order-placed.json",
                faults: [
                    "schemas/order-placed.json:4:58: there is no file schemas/money.json; the path is relative to the file of the reference"
                ]),
            Mistake(
                #""customer": { "type": "string" }"#, #""customer": { "type": "string", "pattern": "(" }"#,
                in: "schemas/order-placed.json",
                faults: ["schemas/order-placed.json:4:48: at character 1, the group is not closed by ')'"]),
            Mistake(
                #""order.cancelled": {}"#, #""order.canceled": {}"#,
                faults: [
                    #"app.json:23:9: no event of orders/{order} has the type "order.cancelled"; did you mean "order.canceled"?"#,
                    #"app.json:52:43: the topic orders/{order} has no type "order.cancelled"; did you mean "order.canceled"?"#,
                ]),
            Mistake(
                #""from": "orders/*""#, #""from": "orders/{order}""#,
                faults: [
                    #"app.json:17:15: "orders/{order}" is not a topic or pattern; names in braces belong to topics; write * for one level, as in orders/*"#
                ]),
            Mistake(
                #""from": "shops/**""#, #""from": "shop/**""#,
                faults: [
                    #"app.json:39:28: no topic of shop/** has the name "shop"; no declared topic matches shop/**, so declare one such as "shop/{shop}""#
                ]),
            Mistake(
                #""key": "topic.order""#, #""key": "topic.id""#,
                faults: [#"app.json:17:34: no topic of orders/* has the name "id"; the names are order"#]),
            Mistake(
                #""status": "=placed","#, #""status": "placed","#,
                faults: [
                    #"app.json:20:82: "placed" is not a value; write data.NAME, topic.NAME, time, offset, id or source for a value of the event, and "=placed" for this text"#
                ]),
            Mistake(
                #""total": "data.total""#, #""total": "date.total""#,
                faults: [
                    #"app.json:20:58: "date.total" is not a value; did you mean "data.total", or "=date.total" for this text?"#
                ]),
            Mistake(
                #""add": { "paid": "data.amount" }"#, #""ad": { "paid": "data.amount" }"#,
                faults: [#"app.json:22:25: unknown key "ad"; did you mean "add"?"#]),
            Mistake(
                #""index": ["status", "placed"]"#, #""index": ["state", "placed"]"#,
                faults: [#"app.json:25:17: orders has no field "state"; did you mean "status"?"#]),
            Mistake(
                #""of": "orders", "by": "customer""#, #""of": "orders", "by": "client""#,
                faults: [
                    #"app.json:28:29: orders has no field "client"; its fields are customer, total, status, placed, paid"#
                ]),
            Mistake(
                #""spent": "sum total""#, #""spent": "total""#,
                faults: [
                    #"app.json:29:47: "total" is not an aggregate; write "count", "sum FIELD", "min FIELD" or "max FIELD""#
                ]),
            Mistake(
                #""of": "customers""#, #""of": "sizes""#,
                faults: [
                    "app.json:32:22: sizes is grouped from itself: sizes of sizes; group one of them from a collection with from"
                ]),
            Mistake(
                #""keep": 5"#, #""keep": 0"#,
                faults: [#"app.json:38:47: "keep" must be a whole number, 1 to 1000, not 0"#]),
            Mistake(
                #""delete": true"#, #""delete": 1"#,
                faults: [#"app.json:41:97: "delete" must be true, not 1; leave it out to keep the row"#]),
            Mistake(
                #""unless": "orders", "code": "exists""#, #""unless": "order", "code": "exists""#,
                faults: [#"app.json:46:84: there is no collection "order"; did you mean "orders"?"#]),
            Mistake(
                #""code": "not-payable""#, #""code": "not payable""#,
                faults: [
                    #"app.json:49:15: "not payable" is not a code; write 1 to 64 lower case letters, digits and hyphens, as in "not-payable""#
                ]),
            Mistake(
                #""topic": "orders/{order}", "event": "order.paid""#, #""topic": "orders/{id}", "event": "order.paid""#,
                faults: [
                    "app.json:48:62: the rows of orders have the key topic.order, and the topic orders/{id} has no {order}; write that name into the topic"
                ]),
            Mistake(
                #""event": "order.placed", "unless""#, #""event": "order.place", "unless""#,
                faults: [
                    #"app.json:46:58: the topic orders/{order} has no type "order.place"; did you mean "order.placed"?"#
                ]),
            Mistake(
                #""row": "order-row""#, #""row": "orders-row""#,
                faults: [
                    #"app.json:61:54: there is no file views/partials/orders-row.handlebars; did you mean "order-row"?"#
                ]),
            Mistake(
                #""sort": "-placed,customer""#, #""sort": "-placed,,customer""#,
                faults: ["app.json:63:15: the sort '-placed,,customer' has an empty name; write field, -field or a,-b"]),
            Mistake(
                #""gte": "?from""#, #""ge": "?from""#,
                faults: ["app.json:62:50: 'ge' is not a comparison; write not, lt, lte, gt, gte or in"]),
            Mistake(
                #""layout": "wide""#, #""layout": "wild""#,
                faults: [#"app.json:63:80: there is no file views/layouts/wild.handlebars; did you mean "wide"?"#]),
            Mistake(
                #""/customers/{name}""#, #""/orders/{name}""#,
                faults: [
                    "app.json:66:5: some addresses match both /orders/{name} and /orders/{order}; change one of the routes"
                ]),
            Mistake(
                #""/customers/{name}": {"#, #""/metrics": {"#,
                faults: [
                    "app.json:66:5: the addresses below /metrics belong to the server; choose another first level",
                    "app.json:66:56: the route must have one name, which is the key of the row, as in /customers/{key}; it has no name",
                ]),
            Mistake(
                #""unless": "orders", "code""#, #""unles": "orders", "code""#,
                faults: [#"app.json:46:74: unknown key "unles"; did you mean "unless"?"#]),
            Mistake(
                #""topic": "orders/{order}", "event": "order.paid""#,
                #""topik": "orders/{order}", "event": "order.paid""#,
                faults: [#"app.json:48:7: unknown key "topik"; did you mean "topic"?"#]),
            Mistake(
                #""template": "orders", "list": "orders""#, #""template": "orders", "lists": "orders""#,
                faults: [#"app.json:61:29: unknown key "lists"; did you mean "list"?"#]),
            Mistake(
                #""of": "customers", "by": "orders", "fields""#, #""off": "customers", "by": "orders", "fields""#,
                faults: [#"app.json:32:16: unknown key "off"; did you mean "of"?"#]),
            Mistake(
                #""of": "customers", "by": "orders", "fields""#, #""by": "orders", "fields""#,
                faults: [
                    #"app.json:32:5: the collection sizes has no "of"; write the collection whose rows are grouped"#
                ]),
            Mistake(
                #""of": "customers", "by": "orders", "fields""#, #""of": "customers", "by": "orders", "field""#,
                faults: [#"app.json:32:51: unknown key "field"; did you mean "fields"?"#]),
            Mistake(
                #"{ "orders": { "status": "placed" } }"#, #"{ "orders": { "status": "=placed" } }"#,
                faults: [
                    #"app.json:48:89: write "placed"; values of where are plain JSON, and "==placed" is the text =placed"#
                ]),
            Mistake(
                #""in": ["paid", "cancelled"]"#, #""in": ["paid", "="]"#,
                faults: [#"app.json:53:58: write ""; values of where are plain JSON, and "==" is the text ="#]),
            Mistake(
                #"{ "not": "cancelled" }"#, #"{ "not": "=cancelled" }"#,
                faults: [
                    #"app.json:28:71: write "cancelled"; values of where are plain JSON, and "==cancelled" is the text =cancelled"#
                ]),
            Mistake(
                #"{ "not": "??" }"#, #"{ "not": "=?" }"#,
                faults: [#"app.json:62:100: write "?"; values of where are plain JSON, and "==?" is the text =?"#]),
            Mistake(
                #""/": { "template": "home" }"#, #""/": { "template": "hom" }"#,
                faults: [#"app.json:59:24: there is no file views/hom.handlebars; did you mean "home"?"#]),
        ])
    func mistakes(_ mistake: Mistake) {
        let folder = Folder.shop.replacing(mistake.old, with: mistake.new, in: mistake.file)
        #expect(folder.faults == mistake.faults)
    }

    @Test(
        "app.json and a schema in UTF-16 are faults that say so", arguments: ["app.json", "schemas/a.json"],
        [[0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B]] as [[UInt8]])
    func otherEncoding(_ file: String, _ bytes: [UInt8]) throws {
        var files: [String: [UInt8]] = ["app.json": Array("{}".utf8)]
        files[file] = bytes
        let faults = #expect(throws: ApplicationFaults.self) { try ApplicationDefinition(files: files) }
        #expect(faults?.faults.map(\.description) == ["\(file): the file is in UTF-16; save the file as UTF-8"])
    }
}
