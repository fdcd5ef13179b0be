import JSON

/// A product that goes to whoever bids most before a time.
public struct Auction: Sendable, Equatable {
    /// How many bids are kept, the newest ones: enough for a chart. `bidCount` counts all.
    public static let maximumBids = 100
    /// The longest that one is open: 365 days.
    public static let maximumSeconds = 31_536_000

    /// Assigned by the marketplace: 1, 2, 3 …
    public let id: Int
    /// The id of the product, which cannot be deleted while the auction is open.
    public internal(set) var product = 0
    /// What the first bid must reach.
    public internal(set) var startPrice = Price.zero
    /// How much a bid must be above the one before; more than 0, so that two equal bids are never both taken.
    public internal(set) var minimumStep = Price.zero
    /// How long it takes bids, 1 to 31,536,000 (365 days).
    public internal(set) var seconds = 0
    /// The time of its first event.
    public let openedAt: Moment
    /// The time of its last event; nil while it is open.
    public private(set) var closedAt: Moment?
    /// How many bids were taken.
    public private(set) var bidCount = 0
    /// The newest bids, the highest last.
    public private(set) var bids: [Bid] = []
    /// The offset of the last event that changed it.
    public internal(set) var version: UInt64

    /// An auction whose fields are still to be filled.
    init(id: Int, openedAt: Moment, version: UInt64) {
        self.id = id
        self.openedAt = openedAt
        self.version = version
    }
}

extension Auction {
    /// From this moment on it takes no bids, and can be closed.
    public var closesAt: Moment { openedAt.adding(seconds: seconds) }

    /// Whether it has not been closed. Past `closesAt` it is open no longer than it takes to say so.
    public var isOpen: Bool { closedAt == nil }

    /// The bid that has won, or would if it were closed now.
    public var highestBid: Bid? { bids.last }

    /// What the next bid must reach; nil when no price is that high.
    public var nextPrice: Price? {
        guard let highestBid else { return startPrice }
        return highestBid.amount.adding(minimumStep)
    }

    /// Every field that `auction.open` has, in the order in which they are checked and written.
    static let table = FieldTable<Auction>([
        Field("product", \.product, .integer(1...Int.max), isRequired: true),
        Field("startPrice", \.startPrice, .price, isRequired: true),
        Field("minimumStep", \.minimumStep, .positivePrice, isRequired: true),
        Field("seconds", \.seconds, .integer(1...maximumSeconds), isRequired: true),
    ])

    /// The data of `auction.opened`: `auction`, then the fields.
    var eventData: JSONObject {
        var object: JSONObject = ["auction": .number(JSONNumber(id))]
        Self.table.write(self, into: &object)
        return object
    }

    /// Refuses a bid that comes too late or is too low.
    func check(_ bid: Bid) throws(Refusal) {
        guard isOpen, bid.time < closesAt else { throw .closed(self) }
        guard let nextPrice, bid.amount >= nextPrice else { throw .tooLow(bid, in: self) }
    }

    /// Refuses to be closed before its time.
    func checkClosing(at time: Moment) throws(Refusal) {
        guard time >= closesAt else { throw .early(self, at: time) }
    }

    /// Takes a bid. The caller has checked it.
    mutating func take(_ bid: Bid) {
        bidCount += 1
        bids.append(bid)
        if bids.count > Self.maximumBids { bids.removeFirst() }
    }

    /// Closes. The caller has checked the time.
    mutating func close(at time: Moment) { closedAt = time }

    /// Counts the bids of a snapshot that are not kept.
    mutating func countEarlierBids(_ count: Int) { bidCount += count }
}
