public import Commands
public import EventLog
import JSON

extension MarketplaceState {
    /// Steps the state by one event of the log.
    ///
    /// Never fails, since what is in the log is there: events of other topics
    /// and types, data that is malformed, and events that would break what the
    /// state holds to (a code that is taken, an id that is unknown or not the
    /// next, a bid that is too low or too late) are skipped. Members that are no field are ignored. Data is parsed
    /// only for the types above.
    ///
    /// - Parameters:
    ///   - offset: the event's place, which becomes the version of the product or auction it changes.
    ///   - time: when it was appended: bids are judged by it, and auctions close by it.
    ///   - data: JSON in UTF-8.
    public mutating func apply(
        offset: UInt64, time: Timestamp, topic: String, type: String, data: UnsafeRawBufferPointer
    ) {
        guard let step = Self.step(topic, type), let object = (try? JSONValue(parsing: data))?.object else { return }
        step(&self, Place(offset: offset, time: time, topic: topic), object)
    }

    /// Steps the state by one event of the log; see the call that takes a buffer.
    public mutating func apply(offset: UInt64, time: Timestamp, topic: String, type: String, data: RawSpan) {
        data.withUnsafeBytes { apply(offset: offset, time: time, topic: topic, type: type, data: $0) }
    }

    /// Steps the state by one event of the log; see the call that takes a buffer.
    public mutating func apply(offset: UInt64, time: Timestamp, topic: String, type: String, data: [UInt8]) {
        apply(offset: offset, time: time, topic: topic, type: type, data: data.span.bytes)
    }

    /// Steps the state by a fact that was appended at an offset, sparing the way through bytes.
    public mutating func apply(offset: UInt64, time: Timestamp, _ fact: DecidedEvent) {
        guard let step = Self.step(fact.topic, fact.type), let object = fact.data.object else { return }
        step(&self, Place(offset: offset, time: time, topic: fact.topic), object)
    }

    /// Where and when in the log something happened.
    struct Place {
        let offset: UInt64
        let time: Timestamp
        let topic: String
    }

    private struct Kind: Hashable {
        let topic: String
        let type: String
    }

    private typealias Step = @Sendable (inout MarketplaceState, Place, JSONObject) -> Void

    private static func step(_ topic: String, _ type: String) -> Step? {
        steps[
            Kind(
                topic: topic.utf8.starts(with: MarketplaceTopic.auctions.utf8) ? MarketplaceTopic.auctions : topic,
                type: type)]
    }

    /// The topics of auctions are one kind; which of them it is the data says too.
    private static let steps: [Kind: Step] = [
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productCreated): {
            $0.productCreated(at: $1.offset, $2)
        },
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productUpdated): {
            $0.productUpdated(at: $1.offset, $2)
        },
        Kind(topic: MarketplaceTopic.products, type: MarketplaceEventType.productDeleted): {
            $0.productDeleted($2)
        },
        Kind(topic: MarketplaceTopic.chat, type: MarketplaceEventType.messagePosted): {
            $0.messagePosted($2)
        },
        Kind(topic: MarketplaceTopic.auctions, type: MarketplaceEventType.auctionOpened): {
            $0.auctionOpened(at: $1, $2)
        },
        Kind(topic: MarketplaceTopic.auctions, type: MarketplaceEventType.bidPlaced): {
            $0.bidPlaced(at: $1, $2)
        },
        Kind(topic: MarketplaceTopic.auctions, type: MarketplaceEventType.auctionClosed): {
            $0.auctionClosed(at: $1, $2)
        },
    ]

    private mutating func productCreated(at offset: UInt64, _ data: JSONObject) {
        guard data["id"]?.int == nextProductID, nextProductID < Int.max else { return }
        var product = Product(id: nextProductID, version: offset)
        guard (try? Product.table.fill(&product, from: data, isNew: true)) != nil,
            isFree(product.code, for: product.id)
        else { return }
        insert(product)
    }

    private mutating func productUpdated(at offset: UInt64, _ data: JSONObject) {
        guard let old = data["id"]?.int.flatMap(product) else { return }
        var new = old
        new.version = offset
        guard (try? Product.table.fill(&new, from: data, isNew: false)) != nil,
            isFree(new.code, for: new.id)
        else { return }
        replace(old, with: new)
    }

    private mutating func productDeleted(_ data: JSONObject) {
        guard let product = data["id"]?.int.flatMap(product), auctions.open(of: product.id) == nil else { return }
        remove(product)
    }

    private mutating func messagePosted(_ data: JSONObject) {
        var message = Message()
        guard (try? Message.table.fill(&message, from: data, isNew: true)) != nil else { return }
        countMessage()
    }

    private mutating func auctionOpened(at place: Place, _ data: JSONObject) {
        guard let id = Self.auction(of: data, at: place), id == auctions.nextID else { return }
        var auction = Auction(id: id, openedAt: place.time, version: place.offset)
        guard (try? Auction.table.fill(&auction, from: data, isNew: true)) != nil, (try? checkOpening(auction)) != nil
        else { return }
        auctions.insert(auction)
    }

    private mutating func bidPlaced(at place: Place, _ data: JSONObject) {
        guard var auction = Self.auction(of: data, at: place).flatMap({ auctions[$0] }) else { return }
        var bid = Bid(time: place.time, offset: place.offset)
        guard (try? Bid.table.fill(&bid, from: data, isNew: true)) != nil, (try? auction.check(bid)) != nil else {
            return
        }
        auction.take(bid)
        auction.version = place.offset
        auctions.replace(auction)
    }

    /// What it says of the result is for readers; the state knows it.
    private mutating func auctionClosed(at place: Place, _ data: JSONObject) {
        guard var auction = Self.auction(of: data, at: place).flatMap({ auctions[$0] }), auction.isOpen,
            (try? auction.checkClosing(at: place.time)) != nil
        else { return }
        auction.close(at: place.time)
        auction.version = place.offset
        auctions.replace(auction)
    }

    /// The auction that an event is of, where data and topic agree on it.
    private static func auction(of data: JSONObject, at place: Place) -> Int? {
        guard let id = data["auction"]?.int, id == MarketplaceTopic.auction(ofTopic: place.topic) else { return nil }
        return id
    }
}
