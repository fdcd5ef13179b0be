import Commands
public import EventLog
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
    public let openedAt: Timestamp
    /// The time of its last event; nil while it is open.
    public private(set) var closedAt: Timestamp?
    /// How many bids were taken.
    public private(set) var bidCount = 0
    /// The newest bids, the highest last.
    public private(set) var bids: [Bid] = []
    /// The offset of the last event that changed it.
    public internal(set) var version: UInt64

    /// An auction whose fields are still to be filled.
    init(id: Int, openedAt: Timestamp, version: UInt64) {
        self.id = id
        self.openedAt = openedAt
        self.version = version
    }
}

extension Auction {
    /// From this moment on it takes no bids, and can be closed.
    public var closesAt: Timestamp { openedAt.adding(seconds: seconds) }

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
    func checkClosing(at time: Timestamp) throws(Refusal) {
        guard time >= closesAt else { throw .early(self, at: time) }
    }

    /// Takes a bid. The caller has checked it.
    mutating func take(_ bid: Bid) {
        bidCount += 1
        bids.append(bid)
        if bids.count > Self.maximumBids { bids.removeFirst() }
    }

    /// Closes. The caller has checked the time.
    mutating func close(at time: Timestamp) { closedAt = time }

    /// Counts the bids of a snapshot that are not kept.
    mutating func countEarlierBids(_ count: Int) { bidCount += count }
}

/// What somebody would pay in an auction.
public struct Bid: Sendable, Equatable {
    /// An exact decimal, 0 or more.
    public internal(set) var amount = Price.zero
    /// Who: 1 to 64 characters, without whitespace at the ends or control characters. Nobody checks that it is true.
    public internal(set) var bidder = ""
    /// The time of its event, by which it was judged.
    public let time: Timestamp

    /// The offset of its event; 0 while it is being decided.
    public let offset: UInt64

    /// A bid whose fields are still to be filled.
    init(time: Timestamp, offset: UInt64 = 0) {
        self.time = time
        self.offset = offset
    }

    /// The fields of `bid.place` beside `auction`.
    static let table = FieldTable<Bid>([
        Field("amount", \.amount, .price, isRequired: true),
        Field("bidder", \.bidder, .code(1...64), isRequired: true),
    ])
}

extension Auction {
    /// The auction in a snapshot; moments in microseconds.
    var snapshot: JSONValue {
        var object: JSONObject = ["id": .number(JSONNumber(id))]
        Self.table.write(self, into: &object)
        object["openedAt"] = .number(JSONNumber(openedAt.rawValue))
        object["closedAt"] = closedAt.map { .number(JSONNumber($0.rawValue)) } ?? .null
        object["bidCount"] = .number(JSONNumber(bidCount))
        object["bids"] = .array(
            bids.map { bid in
                var object = JSONObject()
                Bid.table.write(bid, into: &object)
                object["time"] = .number(JSONNumber(bid.time.rawValue))
                object["offset"] = .number(JSONNumber(bid.offset))
                return .object(object)
            })
        object["version"] = .number(JSONNumber(version))
        return .object(object)
    }

    /// Reads what `snapshot` made, and takes its bids again one by one.
    ///
    /// - Throws: what is wrong, as words that follow "auctions[0]".
    init(id: Int, snapshot: JSONValue) throws(SnapshotError) {
        guard let object = snapshot.object, object["id"]?.int == id,
            let openedAt = object["openedAt"].flatMap(Timestamp.init),
            let version = object["version"]?.number.flatMap({ UInt64($0.text) }), let bids = object["bids"]?.array,
            let bidCount = object["bidCount"]?.int, bids.count == min(bidCount, Self.maximumBids),
            let closedAt = object["closedAt"]
        else { throw SnapshotError(message: "is not auction \(id), or a part of it is missing") }
        self.init(id: id, openedAt: openedAt, version: version)
        do throws(Refusal) {
            try Self.table.fill(&self, from: object, isNew: true)
            for json in bids {
                guard let offset = json["offset"]?.number.flatMap({ UInt64($0.text) }) else {
                    throw Refusal(code: .missing, message: "a bid has no offset")
                }
                var bid = Bid(time: json["time"].flatMap(Timestamp.init) ?? closesAt, offset: offset)
                try Bid.table.fill(&bid, from: json.object ?? JSONObject(), isNew: true)
                try check(bid)
                take(bid)
            }
            countEarlierBids(bidCount - bids.count)
            guard !closedAt.isNull else { return }
            let time = Timestamp(closedAt) ?? openedAt
            try checkClosing(at: time)
            close(at: time)
        } catch {
            throw SnapshotError(message: "has a fault: \(error.message)")
        }
    }
}

extension Timestamp {
    fileprivate init?(_ json: JSONValue) {
        guard let microseconds = json.int else { return nil }
        self.init(microseconds: Int64(microseconds))
    }
}
