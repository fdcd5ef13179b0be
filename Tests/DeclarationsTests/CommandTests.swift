import Commands
import Declarations
import JSON
import KeyedRows
import Testing

@Suite struct CommandTests {
    private let shop: ApplicationDefinition

    init() throws { shop = try Folder.shop.read() }

    private func command(_ name: String) throws -> DeclaredCommand {
        try #require(shop.commands.first { $0.name == name })
    }

    /// Decides a command on orders 7 (placed), 8 (paid) and 9 (cancelled, without having been placed).
    private func decide(_ name: String, _ data: JSONValue, version: UInt64? = nil) async throws -> DecidedEvent {
        let command = try command(name)
        var state: CollectionState?
        if let collection = command.collection {
            state = try await ShopLog.collection(
                collection, of: shop,
                after: [
                    ("orders/7", "order.placed", #"{"customer":"Ana","total":5}"#),
                    ("orders/8", "order.placed", #"{"customer":"Ben","total":5}"#),
                    ("orders/8", "order.paid", #"{"amount":5}"#),
                    ("orders/9", "order.cancelled", "{}"),
                ])
        }
        return try command.decide(Command(name: name, data: data, ifVersion: version), on: state)
    }

    @Test("a command becomes one event on the topic that its data name, with the rest of its data")
    func decides() async throws {
        #expect(
            try await decide("order.place", ["customer": "Cy", "order": 10, "total": 15])
                == DecidedEvent(topic: "orders/10", type: "order.placed", data: ["customer": "Cy", "total": 15]))
        #expect(
            try await decide("order.pay", ["order": "7", "amount": 5])
                == DecidedEvent(topic: "orders/7", type: "order.paid", data: ["amount": 5]))
        #expect(
            try await decide("order.cancel", ["order": 7])
                == DecidedEvent(topic: "orders/7", type: "order.cancelled", data: [:]))
        #expect(
            try await decide("note", ["text": "x"]) == DecidedEvent(topic: "notes", type: "noted", data: ["text": "x"]))
        #expect(
            try await decide("greet", ["name": "Ana"])
                == DecidedEvent(topic: "customers/Ana", type: "greeted", data: [:]))
    }

    @Test(
        "a number in a topic has one form",
        arguments: [("7", "7"), ("7.0", "7"), ("0.70e1", "7"), ("-0.5", "-0.5"), ("-0", "0")])
    func numbers(written: String, level: String) async throws {
        let number = try #require(JSONNumber(written))
        let event = try command("note").decide(Command(name: "note", data: [:]), on: nil)
        #expect(event.topic == "notes")
        let folder = Folder("numbers", #"{ "commands": { "a": { "topic": "t/{n}", "event": "e" } } }"#)
        let decided = try folder.read().commands[0].decide(Command(name: "a", data: ["n": .number(number)]), on: nil)
        #expect(decided.topic == "t/\(level)")
    }

    /// A command that is refused.
    struct Refused: Sendable, CustomStringConvertible {
        let name: String
        let data: JSONValue
        let description: String
        let field: String?
        let kind: Refusal.Kind

        init(
            _ name: String, _ data: JSONValue, _ description: String, _ field: String? = nil,
            _ kind: Refusal.Kind = .invalid
        ) {
            (self.name, self.data, self.description, self.field, self.kind) = (name, data, description, field, kind)
        }
    }

    @Test(
        "a refusal has the code, the field and a sentence that says why",
        arguments: [
            Refused("order.pay", [1], "invalid: the data of order.pay must be an object, not an array"),
            Refused(
                "order.pay", ["amount": 5],
                "missing: order is missing; it must be text or a number that can be one level of a topic", "order"),
            Refused(
                "order.pay", ["order": "a/b"],
                "invalid: order must be text or a number that can be one level of a topic, not \"a/b\", which contains '/'",
                "order"),
            Refused(
                "order.pay", ["order": ""],
                "invalid: order must be text or a number that can be one level of a topic, not \"\", which is empty",
                "order"),
            Refused(
                "order.pay", ["order": "a*"],
                "invalid: order must be text or a number that can be one level of a topic, not \"a*\", which contains '*'",
                "order"),
            Refused(
                "order.pay", ["order": "a\u{85}b"],
                "invalid: order must be text or a number that can be one level of a topic, not \"a\u{85}b\", which contains a control character",
                "order"),
            Refused(
                "order.pay", ["order": .string(String(repeating: "x", count: 300))],
                "invalid: order must be text or a number that can be one level of a topic, not \"\(String(repeating: "x", count: 64))…\", which has 300 bytes; the limit is 255",
                "order"),
            Refused(
                "order.pay", ["order": true],
                "invalid: order must be text or a number that can be one level of a topic, not a boolean", "order"),
            Refused(
                "order.pay", ["order": .string(String(repeating: "x", count: 250))],
                "invalid: the values of orders/{order} make a topic that is too long; send shorter ones", "order"),
            Refused(
                "order.pay", ["order": 6, "amount": 5], "not-found: there is no order 6 in the collection orders",
                "order", .notFound),
            Refused(
                "order.pay", ["order": 8, "amount": 5],
                "not-payable: order 8 has status \"paid\", and order.pay needs \"placed\"", "order", .conflict),
            Refused(
                "order.place", ["order": 7, "customer": 1],
                "exists: order 7 exists already in the collection orders", "order", .conflict),
            Refused("order.cancel", ["order": 8], "conflict: it is too late", "order", .conflict),
            Refused(
                "greet", ["name": "Dan"], "not-found: there is no name Dan in the collection customers", "name",
                .notFound),
            Refused(
                "order.pay", ["order": 7, "amount": "5"], "schema: /amount must be a number, not a string", "/amount"),
            Refused("order.pay", ["order": 7], "schema: /amount is missing", "/amount"),
            Refused(
                "order.place", ["order": 10, "customer": "Cy", "total": 1, "size": 3],
                "schema: /size is not allowed; allowed members are count, customer, gift, note, rank, tags, total",
                "/size"),
        ])
    func refuses(_ refused: Refused) async throws {
        do {
            _ = try await decide(refused.name, refused.data)
            Issue.record("the command was accepted")
        } catch let refusal as Refusal {
            #expect(refusal.description == refused.description)
            #expect(refusal.field == refused.field)
            #expect(refusal.code.kind == refused.kind)
        }
    }

    @Test("a version is refused, because a declared command has none")
    func version() async {
        await #expect(
            throws: Refusal(
                code: .invalid, message: "note does not check versions; send the command without version 3")
        ) { try await decide("note", [:], version: 3) }
    }

    @Test(
        "a condition on the guarding row is named in the refusal",
        arguments: [
            (
                #"{ "orders": { "status": { "not": "placed" } } }"#,
                #"order 7 has status "placed", and a needs another status than "placed""#
            ),
            (#"{ "orders": { "total": { "lt": 5 } } }"#, "order 7 has total 5, and a needs less than 5"),
            (#"{ "orders": { "total": { "lte": 4 } } }"#, "order 7 has total 5, and a needs at most 4"),
            (#"{ "orders": { "total": { "gt": 5 } } }"#, "order 7 has total 5, and a needs more than 5"),
            (#"{ "orders": { "total": { "gte": 6 } } }"#, "order 7 has total 5, and a needs at least 6"),
            (#"{ "orders": { "paid": { "in": [1, 2] } } }"#, "order 7 has no paid, and a needs one of [1,2]"),
        ])
    func conditions(when: String, message: String) async throws {
        let folder = Folder(
            "conditions",
            """
            {
              "topics": { "orders/{order}": { "placed": {}, "paid": {} } },
              "collections": { "orders": { "from": "orders/*", "key": "topic.order", "on": {
                "placed": { "put": { "status": "=placed", "total": "data.total" } }, "paid": { "add": { "paid": "data.total" } }
              } } },
              "commands": { "a": { "topic": "orders/{order}", "event": "paid", "when": \(when) } }
            }
            """)
        let definition = try folder.read()
        let state = try await ShopLog.collection(
            "orders", of: definition, after: [("orders/7", "placed", #"{"total":5}"#)])
        #expect(throws: Refusal(code: .init("conflict", .conflict), message: message, field: "order")) {
            try definition.commands[0].decide(Command(name: "a", data: ["order": 7]), on: state)
        }
    }

    @Test(
        "a command repeats an earlier one when topic and data are the same",
        arguments: [
            (["order": 7, "amount": 5], true), (["amount": 5, "order": "7"], true), (["order": 8, "amount": 5], false),
            (["order": 7, "amount": 6], false), (["order": 7], false), (["amount": 5], false), ([], false),
        ] as [(JSONValue, Bool)])
    func repeats(data: JSONValue, isRepetition: Bool) throws {
        let command = Command(name: "order.pay", data: data)
        #expect(try self.command("order.pay").repeats(command, topic: "orders/7", data: ["amount": 5]) == isRepetition)
    }
}

@Suite struct FormTests {
    private let place: DeclaredCommand
    private let note: DeclaredCommand

    init() throws {
        let commands = try Folder.shop.read().commands
        place = try #require(commands.first { $0.name == "order.place" })
        note = try #require(commands.first { $0.name == "note" })
    }

    @Test(
        "a field is converted to the type that the schema wants",
        arguments: [
            ("customer", "", ""), ("customer", "7", "7"), ("order", "7", "7"), ("note", "", ""),
            ("note", "null", "null"),
            ("gift", "other", "other"), ("total", "abc", "abc"), ("total", "1 2", "1 2"), ("rank", "x", "x"),
            ("unknown", "7", "7"),
        ])
    func text(name: String, value: String, expected: String) {
        #expect(place.data(form: [(name, value)]) == JSONObject([(name, .string(expected))]))
    }

    @Test(
        "numbers, booleans, null and arrays are converted, and empty fields that cannot be text are left out",
        arguments: [
            ("total", "7", "7"), ("total", "1.50", "1.50"), ("total", " 2 ", "2"), ("total", ".5", "0.5"),
            ("total", "-.5", "-0.5"), ("total", "+3", "3"), ("total", "007", "7"), ("total", "00", "0"),
            ("total", "1e5", "1e5"), ("total", "0.0", "0.0"), ("count", "3", "3"), ("count", "3.5", "3.5"),
            ("gift", "on", "true"), ("gift", "true", "true"), ("gift", "false", "false"), ("gift", "off", "false"),
            ("rank", "null", "null"), ("rank", "2", "2"), ("tags", "a", #"["a"]"#), ("total", "", nil),
            ("gift", "", nil),
            ("rank", "", nil), ("tags", "", nil),
        ] as [(String, String, String?)])
    func converts(name: String, value: String, expected: String?) throws {
        let data = place.data(form: [(name, value)])
        #expect(data[name]?.text == expected)
        #expect(data.count == (expected == nil ? 0 : 1))
    }

    @Test("of a repeated name all values count for an array, and the last one otherwise")
    func repeated() {
        let fields = [("tags", "a"), ("gift", "false"), ("tags", ""), ("tags", "b"), ("gift", "on")]
        #expect(place.data(form: fields) == ["tags": ["a", "b"], "gift": true])
    }

    // A copy of the array for each value would take minutes.
    @Test("a name that is repeated 100,000 times becomes one array, in the order of the form", .timeLimit(.minutes(1)))
    func manyValues() {
        let values = (0..<100_000).map(String.init)
        let data = place.data(form: values.map { ("tags", $0) } + [("gift", "on")])
        #expect(data.keys.elementsEqual(["tags", "gift"]))
        #expect(data["tags"]?.array?.elementsEqual(values.map { .string($0) }) == true)
    }

    @Test("without a schema every field is text")
    func withoutSchema() {
        #expect(note.data(form: [("a", "1"), ("b", ""), ("a", "true")]) == ["a": "true", "b": ""])
    }
}
