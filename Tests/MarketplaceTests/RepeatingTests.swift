import Commands
import JSON
import Testing
@testable import Marketplace

@Suite("Retries of commands")
struct RepeatingTests {
    private static let commands: [(Command, different: [JSONValue])] = [
        (
            Command(
                name: "product.create",
                data: ["title": " A compass", "code": "C ", "price": Samples.number("5.50"), "stock": 1]),
            [
                ["title": "A compass", "code": "C", "price": 5, "stock": 1],
                ["title": "A compass", "code": "C", "price": Samples.number("5.5")],
                ["title": "A compass"], ["id": 1], .null,
            ]
        ),
        (
            Command(
                name: "product.update",
                data: ["id": 2, "title": "Another", "code": "B", "price": Samples.number("6.0")]),
            [
                ["id": 1, "title": "Another", "price": 6], ["id": 2, "title": "Another", "price": 7],
                ["id": 2, "title": "Another"], ["id": 2],
            ]
        ),
        (Command(name: "product.delete", data: ["id": 1]), [["id": 2], [:]]),
        (
            Command(name: "message.post", data: ["text": " hello "], socket: "one"),
            [["text": "hallo"], ["text": "hello", "user": "u"], [:]]
        ),
        (
            Command(
                name: "auction.open",
                data: ["product": 2, "startPrice": Samples.number("10.0"), "minimumStep": 1, "seconds": 60]),
            [
                ["product": 1, "startPrice": 10, "minimumStep": 1, "seconds": 60],
                ["product": 2, "startPrice": 10, "minimumStep": 1, "seconds": 61],
                ["product": 2, "startPrice": 10, "minimumStep": 1], [:],
            ]
        ),
        (
            Command(name: "bid.place", data: ["auction": 1, "amount": Samples.number("12.50"), "bidder": "Ana"]),
            [
                ["auction": 2, "amount": Samples.number("12.5"), "bidder": "Ana"],
                ["auction": 1, "amount": 12, "bidder": "Ana"],
                ["auction": 1, "amount": Samples.number("12.5"), "bidder": "Bo"], [:],
            ]
        ),
    ]

    /// Product 1 is free to be deleted unless the command is a bid.
    private static func state(for command: Command) throws -> MarketplaceState {
        try command.name == "bid.place" ? .withAuction() : .withTwoProducts()
    }

    @Test(
        "a command repeats an event that it was decided into, also from another socket, and no other event",
        arguments: commands.indices)
    func repeats(index: Int) throws {
        let (command, different) = Self.commands[index]
        let event = try #require(try Self.state(for: command).decide(command).first)
        let kept = try JSONValue(parsing: event.data.bytes)
        var again = command
        again.socket = "two"
        #expect(MarketplaceState.commands.mayRepeat(again, of: event.type, kept))
        for data in different {
            #expect(
                !MarketplaceState.commands.mayRepeat(Command(name: command.name, data: data), of: event.type, kept),
                "\(data.text)")
        }
        for (other, _) in Self.commands where other.name != command.name {
            #expect(!MarketplaceState.commands.mayRepeat(other, of: event.type, kept))
            #expect(
                !MarketplaceState.commands.mayRepeat(
                    Command(name: other.name, data: command.data), of: event.type, kept)
            )
        }
    }

    @Test("closing an auction repeats only the close of the same auction")
    func repeatsClosing() throws {
        let close = Command(name: "auction.close", data: ["auction": 1])
        let event = try #require(try MarketplaceState.withAuction().decide(close, at: .sample + 60).first)
        #expect(MarketplaceState.commands.mayRepeat(close, of: event.type, event.data))
        #expect(
            !MarketplaceState.commands.mayRepeat(
                Command(name: "auction.close", data: ["auction": 2]), of: event.type, event.data))
    }
}
