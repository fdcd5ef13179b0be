import Commands
public import EventLog
import JSON

/// Folds the log into the state of the marketplace.
public struct MarketplaceProjection: Projection {
    /// The name of the state and of its snapshots.
    public let name = "marketplace"
    /// A marketplace without products, messages and auctions.
    public let initial = MarketplaceState()

    /// Makes the projection.
    public init() {}

    /// Applies one event; events that are not the marketplace's or break a rule of the state are skipped.
    public func apply(_ event: borrowing EventView, to state: inout MarketplaceState) {
        state.apply(event)
    }

    /// Returns the state as JSON, for a snapshot.
    public func encode(_ state: MarketplaceState) -> [UInt8] { state.encoded() }

    /// Reads what `encode` wrote.
    ///
    /// - Throws: when the bytes are not a snapshot that this version reads. The state can then be rebuilt from the
    ///   events.
    public func decode(_ bytes: [UInt8]) throws -> MarketplaceState { try MarketplaceState(decoding: bytes) }
}

extension MarketplaceState {
    /// The formats that `encoded` writes and `init(decoding:)` reads. Format 2 has auctions.
    ///
    /// A state without auctions is written in format 1, so that its bytes are the same as those of earlier versions.
    private static let snapshotFormats = 1...2

    /// The state as JSON: `format`, `nextProductID`, `messageCount`, `products` by id, each with its version, and
    /// `auctions` by id if there are any.
    func encoded() -> [UInt8] {
        var state: JSONObject = [
            "format": .number(JSONNumber(auctions.count == 0 ? 1 : 2)),
            "nextProductID": .number(JSONNumber(nextProductID)),
            "messageCount": .number(JSONNumber(messageCount)),
            "products": .array(productsInOrder.map(\.json)),
        ]
        if auctions.count > 0 { state["auctions"] = .array(auctions.inOrder.map(\.snapshot)) }
        return JSONValue.object(state).bytes
    }

    /// Reads what `encoded` wrote, and checks every rule of the state.
    ///
    /// - Throws: when the bytes are not JSON, have another format, or break a rule.
    init(decoding bytes: [UInt8]) throws(SnapshotError) {
        let snapshot: JSONValue
        do throws(JSONError) {
            snapshot = try JSONValue(parsing: bytes)
        } catch {
            throw SnapshotError(message: "not JSON: \(error)")
        }
        guard let format = snapshot["format"]?.int else {
            throw SnapshotError(message: "format is missing; it must be 1 or 2")
        }
        guard Self.snapshotFormats.contains(format) else {
            throw SnapshotError(message: "format is \(format), but this version reads formats 1 and 2 only")
        }
        guard let nextProductID = snapshot["nextProductID"]?.int, nextProductID >= 1,
            let messageCount = snapshot["messageCount"]?.int, messageCount >= 0,
            let products = snapshot["products"]?.array
        else { throw SnapshotError(message: "nextProductID, messageCount or products is missing or invalid") }
        self.init()
        for (index, json) in products.enumerated() {
            try restore(json, at: index, below: nextProductID)
        }
        restoreCounters(nextProductID: nextProductID, messageCount: messageCount)
        guard format == 2 else { return }
        guard let auctions = snapshot["auctions"]?.array else {
            throw SnapshotError(message: "auctions is missing or invalid")
        }
        for (index, json) in auctions.enumerated() { try restoreAuction(json, at: index) }
    }

    private mutating func restore(_ json: JSONValue, at index: Int, below bound: Int) throws(SnapshotError) {
        guard let object = json.object, let id = object["id"]?.int,
            let version = object["version"]?.number.flatMap({ UInt64($0.text) })
        else { throw SnapshotError(message: "products[\(index)] has no id or no version") }
        guard id >= nextProductID, id < bound else {
            throw SnapshotError(
                message:
                    "products[\(index)] has the id \(id), which is out of order or not below nextProductID \(bound)")
        }
        var product = Product(id: id, version: version)
        do throws(Refusal) {
            try Product.table.fill(&product, from: object, isNew: true)
        } catch {
            throw SnapshotError(message: "products[\(index)]: \(error.message)")
        }
        guard isFree(product.code, for: id) else {
            throw SnapshotError(
                message: "products[\(index)] has the code \"\(product.code)\", which an earlier product has")
        }
        insert(product)
    }

    private mutating func restoreAuction(_ json: JSONValue, at index: Int) throws(SnapshotError) {
        let auction: Auction
        do throws(SnapshotError) {
            auction = try Auction(id: auctions.nextID, snapshot: json)
        } catch {
            throw SnapshotError(message: "auctions[\(index)] \(error.message)")
        }
        if auction.isOpen {
            do throws(Refusal) {
                try checkOpening(auction)
            } catch {
                throw SnapshotError(message: "auctions[\(index)] is open: \(error.message)")
            }
        }
        auctions.insert(auction)
    }
}

extension Auction {
    /// The auction in a snapshot; times are in microseconds.
    fileprivate var snapshot: JSONValue {
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

    /// Reads what `snapshot` wrote, and checks and adds the bids one by one.
    ///
    /// - Throws: what is wrong, in words that follow `auctions[0]`.
    fileprivate init(id: Int, snapshot: JSONValue) throws(SnapshotError) {
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
                // Without a valid time a bid counts as late, and is refused.
                var bid = Bid(time: json["time"].flatMap(Timestamp.init) ?? closesAt, offset: offset)
                try Bid.table.fill(&bid, from: json.object ?? JSONObject(), isNew: true)
                try check(bid)
                add(bid)
            }
            countEarlierBids(bidCount - bids.count)
            guard !closedAt.isNull else { return }
            let time = Timestamp(closedAt) ?? openedAt
            try checkClosing(at: time)
            close(at: time)
        } catch {
            throw SnapshotError(message: "is invalid: \(error.message)")
        }
    }
}

extension Timestamp {
    fileprivate init?(_ json: JSONValue) {
        guard let microseconds = json.int else { return nil }
        self.init(microseconds: Int64(microseconds))
    }
}

/// Why bytes are not a snapshot of the marketplace that this version can read.
///
/// A snapshot is never needed: the events of the log give the same state.
struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the bytes.
    let message: String

    /// The message after the name of the projection.
    var description: String { "snapshot of marketplace: \(message)" }
}
