import Commands
import JSON

extension MarketplaceState {
    /// The formats that `encoded` writes and `init(decoding:)` reads: 2 has auctions.
    ///
    /// Without any auction a state is written as 1, so that it comes to the same bytes as before there were any.
    private static let snapshotFormats = 1...2

    /// The state as JSON: `format`, `nextProductID`, `messageCount`, `products` by id, each
    /// with its version, and `auctions` by id if there are any.
    public func encoded() -> [UInt8] {
        var state: JSONObject = [
            "format": .number(JSONNumber(auctions.count == 0 ? 1 : 2)),
            "nextProductID": .number(JSONNumber(nextProductID)),
            "messageCount": .number(JSONNumber(messageCount)),
            "products": .array(productsInOrder.map(\.json)),
        ]
        if auctions.count > 0 { state["auctions"] = .array(auctions.inOrder.map(\.snapshot)) }
        return JSONValue.object(state).bytes
    }

    /// Reads what `encoded` wrote, and checks everything the state holds to.
    ///
    /// - Throws: what is wrong: no JSON, another format, a product that breaks a rule.
    public init(decoding bytes: [UInt8]) throws(SnapshotError) {
        let snapshot: JSONValue
        do throws(JSONError) {
            snapshot = try JSONValue(parsing: bytes)
        } catch {
            throw SnapshotError(message: "not JSON: \(error)")
        }
        guard let format = snapshot["format"]?.int else { throw SnapshotError(message: "it names no format") }
        guard Self.snapshotFormats.contains(format) else {
            throw SnapshotError(message: "its format is \(format), and this version reads formats 1 and 2 only")
        }
        guard let nextProductID = snapshot["nextProductID"]?.int, nextProductID >= 1,
            let messageCount = snapshot["messageCount"]?.int, messageCount >= 0,
            let products = snapshot["products"]?.array
        else { throw SnapshotError(message: "nextProductID, messageCount or products is missing or wrong") }
        self.init()
        for (place, json) in products.enumerated() {
            try restore(json, at: place, below: nextProductID)
        }
        restoreCounters(nextProductID: nextProductID, messageCount: messageCount)
        guard format == 2 else { return }
        guard let auctions = snapshot["auctions"]?.array else {
            throw SnapshotError(message: "auctions is missing or wrong")
        }
        for (place, json) in auctions.enumerated() { try restoreAuction(json, at: place) }
    }

    private mutating func restore(_ json: JSONValue, at place: Int, below bound: Int) throws(SnapshotError) {
        guard let object = json.object, let id = object["id"]?.int,
            let version = object["version"]?.number.flatMap({ UInt64($0.text) })
        else { throw SnapshotError(message: "products[\(place)] has no id or no version") }
        guard id >= nextProductID, id < bound else {
            throw SnapshotError(message: "products[\(place)] has the id \(id), out of order or beyond nextProductID")
        }
        var product = Product(id: id, version: version)
        do throws(Refusal) {
            try Product.table.fill(&product, from: object, isNew: true)
        } catch {
            throw SnapshotError(message: "products[\(place)]: \(error.message)")
        }
        guard isFree(product.code, for: id) else {
            throw SnapshotError(message: "products[\(place)] has the code of another product, \"\(product.code)\"")
        }
        insert(product)
    }

    private mutating func restoreAuction(_ json: JSONValue, at place: Int) throws(SnapshotError) {
        let auction: Auction
        do throws(SnapshotError) {
            auction = try Auction(id: auctions.nextID, snapshot: json)
        } catch {
            throw SnapshotError(message: "auctions[\(place)] \(error.message)")
        }
        if auction.isOpen {
            do throws(Refusal) {
                try checkOpening(auction)
            } catch {
                throw SnapshotError(message: "auctions[\(place)] is open: \(error.message)")
            }
        }
        auctions.insert(auction)
    }
}

/// Why bytes are not a snapshot of the marketplace that this version can read.
///
/// A snapshot can always be left aside: the events of the log give the same state.
public struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the bytes.
    public let message: String

    /// The message, with the name of the projection before it.
    public var description: String { "snapshot of marketplace: \(message)" }
}
