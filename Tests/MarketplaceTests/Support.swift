import Commands
import EventLog
import JSON
@testable import Marketplace

extension MarketplaceState {
    /// Decides a command and applies its events, as the server does; events get the offsets from `offset` on.
    mutating func perform(
        _ command: Command, at offset: UInt64, time: Timestamp = .sample
    ) throws(Refusal) -> [DecidedEvent] {
        let events = try decide(command, at: time)
        for (index, event) in events.enumerated() { apply(offset: offset + UInt64(index), time: time, event) }
        return events
    }

    func decide(_ command: Command, at time: Timestamp) throws(Refusal) -> [DecidedEvent] {
        try Self.commands.decide(command, on: self, at: time)
    }

    mutating func apply(offset: UInt64, time: Timestamp, topic: String, type: String, data: [UInt8]) {
        guard let data = try? JSONValue(parsing: data) else { return }
        apply(offset: offset, time: time, topic: topic, type: type, data)
    }

    // The same at a fixed time.

    func decide(_ command: Command) throws(Refusal) -> [DecidedEvent] { try decide(command, at: .sample) }

    /// Applies an event that was decided and then appended at an offset.
    mutating func apply(offset: UInt64, time: Timestamp, _ event: DecidedEvent) {
        apply(offset: offset, time: time, topic: event.topic, type: event.type, event.data)
    }

    mutating func apply(offset: UInt64, _ event: DecidedEvent) { apply(offset: offset, time: .sample, event) }

    mutating func apply(offset: UInt64, topic: String, type: String, data: [UInt8]) {
        apply(offset: offset, time: .sample, topic: topic, type: type, data: data)
    }

    /// A state with two products, `A` (id 1, version 1) and `B` (id 2, version 2).
    static func withTwoProducts() throws -> MarketplaceState {
        var state = MarketplaceState()
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "A")), at: 1)
        _ = try state.perform(Command(name: "product.create", data: Samples.product(code: "B")), at: 2)
        return state
    }

    /// A state with two products, and an auction of the first that was opened at `Timestamp.sample` by event 3: from 10,
    /// by steps of 0.5, for 60 seconds.
    static func withAuction() throws -> MarketplaceState {
        var state = try MarketplaceState.withTwoProducts()
        _ = try state.perform(Command(name: "auction.open", data: Samples.auction), at: 3)
        return state
    }

    /// Places a bid a number of seconds after the auction of `withAuction` was opened.
    mutating func bid(
        _ amount: String, by bidder: String = "Ana", at offset: UInt64, after seconds: Double = 1
    ) throws(Refusal) {
        let data: JSONValue = ["auction": 1, "amount": Samples.number(amount), "bidder": .string(bidder)]
        _ = try perform(Command(name: "bid.place", data: data), at: offset, time: .sample + seconds)
    }

    /// Whether the state keeps the rules that `MarketplaceState` documents.
    var isSound: Bool {
        let products = productsInOrder
        let owners = Dictionary(uniqueKeysWithValues: Array(productIDs))
        return products.allSatisfy { (1..<nextProductID).contains($0.id) && owners[$0.code] == $0.id }
            && products.count == owners.count
            && Set(products.map(\.code)).count == products.count
            && zip(products, products.dropFirst()).allSatisfy { $0.id < $1.id }
            && areAuctionsSound
    }

    private var areAuctionsSound: Bool {
        let all = auctions.inOrder
        let open = all.filter(\.isOpen)
        return all.map(\.id) == Array(1..<(auctions.count + 1)) && auctions.openInOrder == open
            && Set(open.map(\.product)).count == open.count
            && open.allSatisfy { product($0.product) != nil && auctions.open(of: $0.product) == $0 }
            && all.allSatisfy(\.isSound)
    }
}

extension Auction {
    fileprivate var isSound: Bool {
        bids.count == min(bidCount, Auction.maximumBids)
            && bids.allSatisfy { $0.time < closesAt && $0.amount >= startPrice }
            && zip(bids, bids.dropFirst()).allSatisfy {
                $1.amount.tenThousandths >= $0.amount.tenThousandths + minimumStep.tenThousandths && minimumStep > .zero
            }
            && closedAt.map { $0 >= closesAt } ?? true
    }
}

extension Timestamp {
    /// 2026-01-02T03:04:05Z.
    static let sample = Timestamp(microseconds: 1_767_323_045_000_000)

    static func + (time: Timestamp, seconds: Double) -> Timestamp {
        Timestamp(microseconds: time.rawValue + Int64(seconds * 1_000_000))
    }
}

enum Samples {
    static func product(code: String) -> JSONValue {
        ["title": "A compass", "code": .string(code), "price": 5]
    }

    static let auction: JSONValue = ["product": 1, "startPrice": 10, "minimumStep": number("0.5"), "seconds": 60]

    static func number(_ text: String) -> JSONValue { .number(JSONNumber(text)!) }

    /// The sample product with a field set; with nil, taken away.
    static func product(_ field: String, _ value: JSONValue?) -> JSONValue {
        var object = product(code: "C").object!
        object[field] = value
        return .object(object)
    }
}
