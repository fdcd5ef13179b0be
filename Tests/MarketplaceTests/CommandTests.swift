import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

@Suite("Commands that are accepted")
struct CommandTests {
    @Test("a product that is created has its defaults filled in")
    func createsWithDefaults() throws {
        let events = try MarketplaceState().decide(
            Command(name: "product.create", data: Samples.product(code: " A 1\n")))
        #expect(events.map(\.topic) == ["products"])
        #expect(events.map(\.type) == ["product.created"])
        #expect(
            events.first?.data.text
                == #"{"id":1,"title":"A compass","description":"","code":"A 1","price":5,"status":true,"stock":0,"category":"","thumbnails":[]}"#
        )
    }

    @Test(
        "values at the edges of their ranges are accepted",
        arguments: [
            ("title", "x"), ("title", .string(String(repeating: "語", count: 200))),
            ("description", ""), ("description", .string(String(repeating: "😀", count: 4_096))),
            ("code", "x"), ("code", .string(" " + String(repeating: "é", count: 64) + "\t")),
            ("price", 0), ("price", Samples.number("-0.0")), ("price", Samples.number("999999999999.9999")),
            ("price", Samples.number("1e11")),
            ("price", Samples.number("1.50000000")), ("price", Samples.number("12345e-4")),
            ("price", Samples.number("0.0000")),
            ("status", false), ("stock", 0), ("stock", 1_000_000_000), ("stock", Samples.number("1e9")),
            ("stock", Samples.number("5.0")),
            ("category", ""), ("category", .string(String(repeating: "c", count: 64))),
            ("thumbnails", []), ("thumbnails", .array(Array(repeating: "a.png", count: 16))),
            ("thumbnails", ["/assets/a.png", "a/b.png", "../a.png", "?x=1:2", "a/b:c", "#a:b", "ñ.png"]),
            ("thumbnails", ["https://example.org/a.png", "HTTP://example.org", "http://[::1]:8080/a"]),
            ("thumbnails", [.string("/" + String(repeating: "x", count: 2_047))]),
        ] as [(String, JSONValue)])
    func acceptsEdges(field: String, value: JSONValue) throws {
        var state = MarketplaceState()
        let events = try state.perform(Command(name: "product.create", data: Samples.product(field, value)), at: 9)
        #expect(events.count == 1)
        #expect(state.product(1)?.version == 9)
    }

    @Test("the event of an update has only the changed fields, and its offset is the new version")
    func updates() throws {
        var state = try MarketplaceState.withTwoProducts()
        let data: JSONValue = ["stock": 3, "id": 2, "title": "A compass", "price": Samples.number("7.50")]
        let events = try state.perform(Command(name: "product.update", data: data, ifVersion: 2), at: 7)
        #expect(
            events == [
                DecidedEvent(
                    topic: "products", type: "product.updated",
                    data: ["id": 2, "price": Samples.number("7.5"), "stock": 3])
            ])
        #expect(state.product(2)?.version == 7)
        #expect(state.product(2)?.price.text == "7.5")
        #expect(state.product(1)?.version == 1)
    }

    @Test(
        "an update that changes nothing succeeds without an event",
        arguments: [
            ["id": 1], ["id": 1, "title": "A compass"], ["id": 1, "price": Samples.number("5.00")],
            ["id": 1, "code": " A "],
        ] as [JSONValue])
    func updatesNothing(data: JSONValue) throws {
        let state = try MarketplaceState.withTwoProducts()
        #expect(try state.decide(Command(name: "product.update", data: data)) == [])
    }

    @Test("a deleted product frees its code and not its id")
    func deletes() throws {
        var state = try MarketplaceState.withTwoProducts()
        let events = try state.perform(Command(name: "product.delete", data: ["id": 2], ifVersion: 2), at: 3)
        #expect(events == [DecidedEvent(topic: "products", type: "product.deleted", data: ["id": 2])])
        #expect(state.productsInOrder.map(\.id) == [1])
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "B")), at: 4)
        #expect(state.productsInOrder.map(\.id) == [1, 3])
        #expect(state.nextProductID == 4)
    }

    @Test("a code that was changed is free for another product")
    func freesOldCode() throws {
        var state = try MarketplaceState.withTwoProducts()
        _ = try state.perform(Command(name: "product.update", data: ["id": 1, "code": "Z"]), at: 3)
        _ = try state.perform(Command(name: "product.update", data: ["id": 2, "code": "A"]), at: 4)
        #expect(state.productsInOrder.map(\.code) == ["Z", "A"])
        #expect(state.isSound)
    }

    @Test(
        "a message carries the socket that sent it, its user if given, and its text as it came",
        arguments: [
            (["text": " hello "], "s1", #"{"socket":"s1","text":" hello "}"#),
            (["text": "hello", "user": "Ana"], "s1", #"{"socket":"s1","user":"Ana","text":"hello"}"#),
            (["text": "x"], nil, #"{"socket":null,"text":"x"}"#),
            (
                ["text": .string(String(repeating: "😀", count: 4_096))], nil,
                #"{"socket":null,"text":"\#(String(repeating: "😀", count: 4_096))"}"#
            ),
        ] as [(JSONValue, String?, String)])
    func posts(data: JSONValue, socket: String?, event: String) throws {
        var state = MarketplaceState()
        let events = try state.perform(Command(name: "message.post", data: data, socket: socket), at: 1)
        #expect(events.map(\.topic) == ["chat"])
        #expect(events.map(\.type) == ["message.posted"])
        #expect(events.first?.data.text == event)
        #expect(state.messageCount == 1)
    }
}

@Suite("Event types that commands are decided into")
struct DecidedTypeTests {
    static let commands: [(command: String, data: JSONValue, type: String)] = [
        ("product.create", Samples.product(code: "C"), "product.created"),
        ("product.update", ["id": 1, "stock": 3], "product.updated"),
        ("product.delete", ["id": 2], "product.deleted"), ("message.post", ["text": "x"], "message.posted"),
        ("auction.open", ["product": 2, "startPrice": 1, "minimumStep": 1, "seconds": 60], "auction.opened"),
        ("bid.place", ["auction": 1, "amount": 10, "bidder": "Ana"], "bid.placed"),
        ("auction.close", ["auction": 1], "auction.closed"),
    ]

    @Test("the events of a command have a type that no other command has", arguments: commands)
    func types(command: String, data: JSONValue, type: String) throws {
        let state = try MarketplaceState.withAuction()
        let time = command == "auction.close" ? Timestamp.sample + 60 : Timestamp.sample + 1
        #expect(try state.decide(Command(name: command, data: data), at: time).map(\.type) == [type])
        #expect(MarketplaceState.commands.command(forEvent: type)?.name == command)
    }

    @Test("every command is among those above")
    func complete() {
        #expect(Self.commands.map(\.command) == MarketplaceState.commands.names)
    }

    @Test("an event type in place of a command is refused, with the name of the command", arguments: commands)
    func refuses(command: String, data: JSONValue, type: String) {
        let refusal = #expect(throws: Refusal.self) { try MarketplaceState().decide(Command(name: type, data: data)) }
        #expect(refusal?.code == .decidedType)
        #expect(
            refusal?.message == "\(type) is the type of an event, not a command; send the command \(command) instead")
    }
}
