import Commands
import EventLog
import JSON

/// The topics of the marketplace.
enum MarketplaceTopic {
    /// All events of products.
    static let products = "products"
    /// All messages.
    static let chat = "chat"

    /// Matches the events of products.
    static let productPattern = TopicPattern(constant: products)
    /// Matches the messages.
    static let chatPattern = TopicPattern(constant: chat)

    /// All events of one auction.
    static func auction(_ id: Int) -> String { auctions + String(id) }

    /// The id of the auction whose topic this is; nil for other topics.
    static func auction(ofTopic topic: String) -> Int? {
        guard topic.utf8.starts(with: auctions.utf8), let id = Int(topic.dropFirst(auctions.count)),
            auction(id) == topic
        else { return nil }
        return id
    }

    /// The beginning of the topics of auctions.
    fileprivate static let auctions = "auctions/"
}

/// The types of the marketplace's events. Their data are objects.
enum MarketplaceEventType {
    /// The whole product, with its id and without its version.
    static let productCreated = "product.created"
    /// The id and the fields that changed.
    static let productUpdated = "product.updated"
    /// The id.
    static let productDeleted = "product.deleted"
    /// `socket` (null for a message that was not sent over a socket), `user` if given, `text`.
    static let messagePosted = "message.posted"
    /// `auction`, `product`, `startPrice`, `minimumStep`, and `seconds` from the event's time to the closing time.
    static let auctionOpened = "auction.opened"
    /// `auction`, `amount`, `bidder`.
    static let bidPlaced = "bid.placed"
    /// `auction`, `bidCount`, and the `price` and `winner` of the auction, null when there were no bids.
    static let auctionClosed = "auction.closed"
}

extension MarketplaceState {
    /// Applies one event of the log.
    ///
    /// An event in the log cannot be refused any more, so events that do not fit are skipped: events of other topics and
    /// types, events whose data are malformed, and events that break a rule of the state, such as a code that is used, an
    /// id that is unknown or not the next one, and a bid that is too low or too late. Members of the data that are not
    /// fields are ignored. Data are parsed only for the event types of the marketplace.
    mutating func apply(_ event: borrowing EventView) {
        let topic = event.topicText
        guard let change = Self.change(topic, event.typeText), let object = event.jsonData?.object else { return }
        change(&self, EventOrigin(offset: event.offset.rawValue, time: event.time, topic: topic), object)
    }

    /// Applies an event of which the parts are known.
    ///
    /// - Parameters:
    ///   - offset: the event's offset, which becomes the version of the product or auction that the event changes.
    ///   - time: when the event was appended. The time decides whether a bid is in time, and when an auction closes.
    mutating func apply(offset: UInt64, time: Timestamp, topic: String, type: String, _ data: JSONValue) {
        guard let change = Self.change(topic, type), let object = data.object else { return }
        change(&self, EventOrigin(offset: offset, time: time, topic: topic), object)
    }

    /// The offset, time and topic of an event.
    private struct EventOrigin {
        let offset: UInt64
        let time: Timestamp
        let topic: String
    }

    /// The topic and type of an event, which select the change.
    private struct Kind: Hashable {
        let topic: String
        let type: String
    }

    private typealias Change = @Sendable (inout MarketplaceState, EventOrigin, JSONObject) -> Void

    private static func change(_ topic: String, _ type: String) -> Change? {
        changes[
            Kind(
                topic: topic.utf8.starts(with: MarketplaceTopic.auctions.utf8) ? MarketplaceTopic.auctions : topic,
                type: type)]
    }

    /// All topics of auctions have one entry: the data name the auction too.
    private static let changes: [Kind: Change] = [
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
            $0.auctionOpened(from: $1, $2)
        },
        Kind(topic: MarketplaceTopic.auctions, type: MarketplaceEventType.bidPlaced): {
            $0.bidPlaced(from: $1, $2)
        },
        Kind(topic: MarketplaceTopic.auctions, type: MarketplaceEventType.auctionClosed): {
            $0.auctionClosed(from: $1, $2)
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

    private mutating func auctionOpened(from origin: EventOrigin, _ data: JSONObject) {
        guard let id = Self.auction(of: data, from: origin), id == auctions.nextID else { return }
        var auction = Auction(id: id, openedAt: origin.time, version: origin.offset)
        guard (try? Auction.table.fill(&auction, from: data, isNew: true)) != nil, (try? checkOpening(auction)) != nil
        else { return }
        auctions.insert(auction)
    }

    private mutating func bidPlaced(from origin: EventOrigin, _ data: JSONObject) {
        guard var auction = Self.auction(of: data, from: origin).flatMap({ auctions[$0] }) else { return }
        var bid = Bid(time: origin.time, offset: origin.offset)
        guard (try? Bid.table.fill(&bid, from: data, isNew: true)) != nil, (try? auction.check(bid)) != nil else {
            return
        }
        auction.add(bid)
        auction.version = origin.offset
        auctions.replace(auction)
    }

    /// Ignores the result in the data, which is for readers of the log: the state has it.
    private mutating func auctionClosed(from origin: EventOrigin, _ data: JSONObject) {
        guard var auction = Self.auction(of: data, from: origin).flatMap({ auctions[$0] }), auction.isOpen,
            (try? auction.checkClosing(at: origin.time)) != nil
        else { return }
        auction.close(at: origin.time)
        auction.version = origin.offset
        auctions.replace(auction)
    }

    /// The id of the auction that an event belongs to; nil unless its data and its topic name the same auction.
    private static func auction(of data: JSONObject, from origin: EventOrigin) -> Int? {
        guard let id = data["auction"]?.int, id == MarketplaceTopic.auction(ofTopic: origin.topic) else { return nil }
        return id
    }
}
