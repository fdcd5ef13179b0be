import Commands
import EventLog
import HashTreeCollections
import JSON

/// A product that is sold to the highest bidder at a closing time.
struct Auction: Sendable, Equatable {
    /// The number of bids that are kept, the newest ones. `bidCount` counts all bids.
    static let maximumBids = 100
    /// The longest time that an auction is open: 365 days.
    static let maximumSeconds = 31_536_000

    /// Assigned by the marketplace: 1, 2, 3 …
    let id: Int
    /// The id of the product. The product cannot be deleted while the auction is open.
    var product = 0
    /// The lowest amount of the first bid.
    var startPrice = Price.zero
    /// The least difference between two bids; more than 0, so that of two equal bids only the first is accepted.
    var minimumStep = Price.zero
    /// How long the auction accepts bids, 1 to 31,536,000 seconds (365 days).
    var seconds = 0
    /// The time of the auction's first event.
    let openedAt: Timestamp
    /// The time of the auction's last event; nil while the auction is open.
    private(set) var closedAt: Timestamp?
    /// The number of accepted bids.
    private(set) var bidCount = 0
    /// The newest bids, the highest last.
    private(set) var bids: [Bid] = []
    /// The offset of the last event that changed the auction.
    var version: UInt64

    /// Makes an auction whose fields are filled afterwards.
    init(id: Int, openedAt: Timestamp, version: UInt64) {
        self.id = id
        self.openedAt = openedAt
        self.version = version
    }

    /// The time from which the auction accepts no bids and can be closed.
    var closesAt: Timestamp { openedAt.adding(seconds: seconds) }

    /// Whether the auction has not been closed. The service closes it shortly after `closesAt`.
    var isOpen: Bool { closedAt == nil }

    /// The bid that has won, or that would win if the auction closed now.
    var highestBid: Bid? { bids.last }

    /// The lowest amount of the next bid; nil when that amount is above the highest possible price.
    var nextPrice: Price? {
        guard let highestBid else { return startPrice }
        return highestBid.amount.adding(minimumStep)
    }

    /// Every field of `auction.open`, in the order in which they are checked and written.
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

    /// Refuses a bid that is too late or too low.
    func check(_ bid: Bid) throws(Refusal) {
        guard isOpen, bid.time < closesAt else { throw .closed(self) }
        guard let nextPrice, bid.amount >= nextPrice else { throw .tooLow(bid, in: self) }
    }

    /// Refuses closing the auction before its closing time.
    func checkClosing(at time: Timestamp) throws(Refusal) {
        guard time >= closesAt else { throw .early(self, at: time) }
    }

    /// Adds a bid that was checked.
    mutating func add(_ bid: Bid) {
        bidCount += 1
        bids.append(bid)
        if bids.count > Self.maximumBids { bids.removeFirst() }
    }

    /// Closes the auction. The caller has checked the time.
    mutating func close(at time: Timestamp) { closedAt = time }

    /// Counts bids that are not kept, when the auction is read from a snapshot.
    mutating func countEarlierBids(_ count: Int) { bidCount += count }
}

/// An offer to buy the product of an auction.
struct Bid: Sendable, Equatable {
    /// An exact decimal, 0 or more.
    var amount = Price.zero
    /// The name of the bidder: 1 to 64 characters, without whitespace at the ends and without control characters. The
    /// name is not verified.
    var bidder = ""
    /// The time of the bid's event, which decides whether the bid is in time.
    let time: Timestamp
    /// The offset of the bid's event; 0 while the bid is being decided.
    let offset: UInt64

    /// Makes a bid whose fields are filled afterwards.
    init(time: Timestamp, offset: UInt64 = 0) {
        self.time = time
        self.offset = offset
    }

    /// The fields of `bid.place` besides `auction`.
    static let table = FieldTable<Bid>([
        Field("amount", \.amount, .price, isRequired: true),
        Field("bidder", \.bidder, .trimmedText(1...64), isRequired: true),
    ])
}

/// The auctions of a marketplace.
///
/// A value that shares its structure with earlier values, as `MarketplaceState` does. Ids are 1, 2, 3 … without gaps,
/// because auctions are never removed. A product is in at most one open auction.
struct Auctions: Sendable, Equatable {
    private var auctions: TreeDictionary<Int, Auction> = [:]
    /// The id of the open auction by the id of its product.
    private var openIDs: TreeDictionary<Int, Int> = [:]

    /// The number of auctions, which is also the id of the newest.
    var count: Int { auctions.count }

    /// The auction with an id; nil when no auction has the id.
    subscript(id: Int) -> Auction? { auctions[id] }

    /// The number of open auctions.
    var openCount: Int { openIDs.count }

    /// The open auction of a product.
    func open(of product: Int) -> Auction? { openIDs[product].flatMap { auctions[$0] } }

    /// The open auctions by id, lowest first. Cost: sorting the open auctions, O(n log n).
    var openInOrder: [Auction] {
        openIDs.values.sorted().compactMap { auctions[$0] }
    }

    /// All auctions by id, lowest first. Cost: O(n).
    var inOrder: [Auction] {
        (0..<count).compactMap { auctions[$0 + 1] }
    }

    /// The id of the next auction.
    var nextID: Int { count + 1 }

    /// Adds the next auction. The caller has checked its product.
    mutating func insert(_ auction: Auction) {
        precondition(auction.id == nextID && (!auction.isOpen || open(of: auction.product) == nil))
        auctions[auction.id] = auction
        if auction.isOpen { openIDs[auction.product] = auction.id }
    }

    /// Replaces an auction that received a bid or was closed.
    mutating func replace(_ auction: Auction) {
        auctions[auction.id] = auction
        if !auction.isOpen { openIDs[auction.product] = nil }
    }
}

extension Refusal.Code {
    /// The amount of the bid is below the next price.
    static let tooLow = Refusal.Code("too-low", .conflict)
    /// The auction accepts no more bids.
    static let closed = Refusal.Code("closed", .conflict)
    /// The auction's closing time is in the future.
    static let early = Refusal.Code("early", .conflict)
}

extension Refusal {
    static func notFound(auction: Int) -> Refusal {
        Refusal(code: .notFound, message: "there is no auction \(auction)", field: "auction")
    }

    static func tooLow(_ bid: Bid, in auction: Auction) -> Refusal {
        let reason: String
        if let highest = auction.highestBid {
            reason =
                "the highest bid in auction \(auction.id) is \(highest.amount), by \"\(highest.bidder.shortened)\", "
                + "and the minimum step is \(auction.minimumStep)"
        } else {
            reason = "\(auction.startPrice) is the starting price of auction \(auction.id)"
        }
        let least = auction.nextPrice.map { "\($0) or more" } ?? "above the highest possible price"
        return Refusal(code: .tooLow, message: "amount must be \(least), not \(bid.amount): \(reason)", field: "amount")
    }

    static func closed(_ auction: Auction) -> Refusal {
        let result =
            auction.highestBid.map { "the last bid was \($0.amount), by \"\($0.bidder.shortened)\"" }
            ?? "there were no bids"
        return Refusal(
            code: .closed, message: "auction \(auction.id) accepts no more bids; \(result)", field: "auction")
    }

    static func early(_ auction: Auction, at time: Timestamp) -> Refusal {
        let seconds = time.seconds(until: auction.closesAt)
        return Refusal(
            code: .early,
            message: "auction \(auction.id) accepts bids for \(seconds) more second\(seconds == 1 ? "" : "s"); "
                + "the server closes it after that time",
            field: "auction")
    }
}

extension Timestamp {
    /// The time a number of seconds later; the latest possible time when the sum is out of range.
    fileprivate func adding(seconds: Int) -> Timestamp {
        let (span, isLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isLate) = rawValue.addingReportingOverflow(span)
        return Timestamp(microseconds: isLong || isLate ? .max : sum)
    }

    /// The whole seconds until a later time, rounded up.
    fileprivate func seconds(until later: Timestamp) -> Int {
        let (span, isLong) = later.rawValue.subtractingReportingOverflow(rawValue)
        return isLong ? .max : Int(max(span, 0) / 1_000_000 + (max(span, 0) % 1_000_000 > 0 ? 1 : 0))
    }
}
