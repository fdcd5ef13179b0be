import Commands
import EventLog
import JSON
import Testing
@testable import Marketplace

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

    @Test("every command has a type of its own, of which its events are", arguments: commands)
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

    @Test("a type in the place of a command is refused with the command", arguments: commands)
    func refuses(command: String, data: JSONValue, type: String) {
        let refusal = #expect(throws: Refusal.self) { try MarketplaceState().decide(Command(name: type, data: data)) }
        #expect(refusal?.code == .decidedType)
        #expect(
            refusal?.message == "\(type) is the type of an event, not a command; send the command \(command) instead")
    }
}
