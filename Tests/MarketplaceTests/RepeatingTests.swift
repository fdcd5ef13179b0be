import JSON
import Marketplace
import Testing

@Suite("Retries of commands")
struct RepeatingTests {
    private static let commands: [(Command, different: [JSONValue])] = [
        (
            Command(name: "product.create", data: ["title": " A compass", "code": "C ", "price": Samples.number("5.50"), "stock": 1]),
            [["title": "A compass", "code": "C", "price": 5, "stock": 1], ["title": "A compass", "code": "C", "price": Samples.number("5.5")],
             ["title": "A compass"], ["id": 1], .null]
        ),
        (
            Command(name: "product.update", data: ["id": 2, "title": "Another", "code": "B", "price": Samples.number("6.0")]),
            [["id": 1, "title": "Another", "price": 6], ["id": 2, "title": "Another", "price": 7], ["id": 2, "title": "Another"], ["id": 2]]
        ),
        (Command(name: "product.delete", data: ["id": 1]), [["id": 2], [:]]),
        (
            Command(name: "message.post", data: ["text": " hello "], socket: "one"),
            [["text": "hallo"], ["text": "hello", "user": "u"], [:]]
        ),
    ]

    @Test("a command may repeat itself, from another socket too, and nothing else", arguments: commands.indices)
    func repeats(place: Int) throws {
        let (command, different) = Self.commands[place]
        let fact = try #require(try MarketplaceState.withTwoProducts().decide(command).first)
        let kept = try JSONValue(parsing: fact.data.bytes)
        var again = command
        again.socket = "two"
        #expect(MarketplaceState.mayRepeat(again, of: fact.type, kept))
        for data in different {
            #expect(!MarketplaceState.mayRepeat(Command(name: command.name, data: data), of: fact.type, kept), "\(data.text)")
        }
        for (other, _) in Self.commands where other.name != command.name {
            #expect(!MarketplaceState.mayRepeat(other, of: fact.type, kept))
            #expect(!MarketplaceState.mayRepeat(Command(name: other.name, data: command.data), of: fact.type, kept))
        }
    }
}
