import Commands
import EventLog
import JSON
import TestSupport
import Testing
@testable import Marketplace

@Suite("Auction properties")
struct AuctionPropertyTests {
    /// What a plain observer of the events knows of an auction.
    private struct Watched {
        let closesAt: Timestamp
        var price = Price.zero
        var winner: String?
        var isClosed = false
    }

    @Test(
        "any commands at any times leave prices that only rise, one winner, and nothing after the close",
        arguments: SeededGenerator.seeds)
    func randomCommands(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = try MarketplaceState.withTwoProducts()
        var watched: [String: Watched] = [:]
        var (time, head, bids, refused) = (Timestamp.sample, UInt64(2), 0, 0)
        var step = 0
        // Continues while there were too few bids or refusals to check anything.
        while step < 2_000 || (step < 20_000 && min(bids, refused) <= 50) {
            step += 1
            let comment: Comment = "seed \(seed), step \(step)"
            time = time + Double.random(in: 0..<2, using: &random)
            let command = Self.command(for: state, using: &random)
            guard let events = try? state.decide(command, at: time) else {
                refused += 1
                continue
            }
            for event in events {
                head += 1
                let before = state
                state.apply(offset: head, time: time, topic: event.topic, type: event.type, data: event.data.bytes)
                #expect(state != before, "an event that was decided is never skipped: \(comment)")
                Self.follow(event, at: time, in: &watched, comment)
                if event.type == "bid.placed" { bids += 1 }
            }
            #expect(state.isSound, comment)
        }
        for auction in state.auctions.inOrder {
            let known = try #require(watched["auctions/\(auction.id)"])
            #expect((auction.highestBid?.bidder, auction.highestBid?.amount ?? .zero) == (known.winner, known.price))
            #expect(auction.isOpen == !known.isClosed)
        }
        #expect(try MarketplaceState(decoding: state.encoded()) == state, "seed \(seed)")
        #expect(
            bids > 50 && refused > 50 && state.auctions.count > 10, "seed \(seed) made too few bids to check anything")
    }

    @Test("any events at any times leave a sound state", arguments: SeededGenerator.seeds)
    func randomEvents(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = try MarketplaceState.withTwoProducts()
        var time = Timestamp.sample
        for step in 0..<2_000 {
            time = time + Double.random(in: 0..<2, using: &random)
            let types = [
                "product.deleted", "product.created", "auction.opened", "bid.placed", "bid.placed", "bid.placed",
                "auction.closed",
            ]
            let type = types.randomElement(using: &random)!
            var data = Self.command(for: state, using: &random).data.object ?? [:]
            let id =
                type == "auction.opened"
                ? state.auctions.count + 1 : Int.random(in: 1...(state.auctions.count + 1), using: &random)
            data["auction"] = .number(JSONNumber(id))
            data["id"] = .number(JSONNumber(Int.random(in: 1...3, using: &random)))
            let topic =
                Int.random(in: 0..<10, using: &random) == 0
                ? "auctions/1" : type.hasPrefix("product") ? "products" : "auctions/\(id)"
            state.apply(
                offset: UInt64(step + 3), time: time, topic: topic, type: type, data: JSONValue.object(data).bytes)
            #expect(state.isSound, "seed \(seed), step \(step)")
        }
        #expect(try MarketplaceState(decoding: state.encoded()) == state, "seed \(seed)")
    }

    private static func follow(
        _ event: DecidedEvent, at time: Timestamp, in watched: inout [String: Watched], _ comment: Comment
    ) {
        switch event.type {
        case "auction.opened":
            #expect(watched[event.topic] == nil, comment)
            watched[event.topic] = Watched(closesAt: time + Double(event.data["seconds"]?.int ?? 0))
        case "bid.placed":
            guard var auction = watched[event.topic], let amount = event.data["amount"]?.number.flatMap(Price.init)
            else {
                return
            }
            #expect(!auction.isClosed && time < auction.closesAt, comment)
            #expect(auction.winner == nil || amount > auction.price, comment)
            auction.price = amount
            auction.winner = event.data["bidder"]?.string
            watched[event.topic] = auction
        case "auction.closed":
            #expect(watched[event.topic].map { !$0.isClosed && time >= $0.closesAt } == true, comment)
            #expect(event.data["winner"]?.string == watched[event.topic]?.winner, comment)
            watched[event.topic]?.isClosed = true
        default: break
        }
    }

    /// Mostly nearly right: two products, bids around the price to beat.
    private static func command(for state: MarketplaceState, using random: inout SeededGenerator) -> Command {
        let id = max(1, state.auctions.count - [0, 0, 0, 1, 2].randomElement(using: &random)!)
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            return Command(
                name: "auction.open",
                data: [
                    "product": number(Int.random(in: 1...3, using: &random)),
                    "startPrice": number(Int.random(in: 0...20, using: &random)),
                    "minimumStep": number(Int.random(in: 0...3, using: &random)),
                    "seconds": number(Int.random(in: 1...40, using: &random)),
                ])
        case 25..<80:
            let next = (state.auctions[id]?.nextPrice?.tenThousandths ?? 0) / 10_000
            let amount = max(0, next + Int.random(in: -2...2, using: &random))
            let bidder = ["Ana", "Bo", "Cy"].randomElement(using: &random)!
            return Command(
                name: "bid.place", data: ["auction": number(id), "amount": number(amount), "bidder": .string(bidder)])
        case 80: return Command(name: "product.delete", data: ["id": 2])
        default: return Command(name: "auction.close", data: ["auction": number(id)])
        }
    }
}
