import EventLog
import Handlebars
import Inspection
import Marketplace

/// An auction and its product, as the templates see them.
struct Lot: Sendable {
    let auction: Auction
    /// Nil when it was deleted, after the auction had closed.
    let product: Product?
    /// The product's picture (`ImageOrigins.first`).
    private let image: (picture: Value, elsewhere: Value)

    /// - Parameter images: which pictures are shown.
    init(_ auction: Auction, in state: MarketplaceState, _ images: ImageOrigins) {
        self.auction = auction
        product = state.product(auction.product)
        image = images.first(of: product)
    }

    var title: String { product.map { ShownText.escaped($0.title) } ?? "Product \(auction.product), deleted" }

    /// A line of the list of auctions.
    var row: Value {
        let moments = moments
        return [
            "id": Value(auction.id), "version": Value(auction.version), "title": .string(title),
            "picture": image.picture, "elsewhere": image.elsewhere,
            "isOpen": .bool(auction.isOpen), "price": price, "bids": bidCount, "bidCount": Value(auction.bidCount),
            "bidder": bidder,
            "minimumStep": .string(auction.minimumStep.text), "closes": moments.closes, "closed": moments.closed,
        ]
    }

    /// Its page, without the form.
    ///
    /// - Parameter position: the last event that it shows.
    func page(in log: EventLog, at position: Offset) -> Object {
        let moments = moments
        return [
            "title": .string(title), "sheet": "auctions", "isAuctions": true, "offset": Value(position.rawValue),
            "logId": .string("\(log.id)"), "position": .string("\(Position(log: log.id, offset: position))"),
            "id": Value(auction.id), "picture": image.picture, "elsewhere": image.elsewhere,
            "description": .string(product?.description ?? ""),
            "isOpen": .bool(auction.isOpen), "state": .string(state), "when": .object([state: true]),
            "price": price, "bids": bidCount, "bidCount": Value(auction.bidCount), "bidder": bidder,
            "startPrice": .string(auction.startPrice.text), "minimumStep": .string(auction.minimumStep.text),
            "nextPrice": auction.nextPrice.map { .string($0.text) } ?? .null,
            "opened": moments.opened, "closes": moments.closes, "closed": moments.closed,
            "chart": PriceChart(auction).value, "rows": .list(auction.bids.reversed()) { $0.row },
            "areLeftOut": .bool(auction.bidCount > auction.bids.count),
            "blank": ["offset": "", "bidder": "", "amount": "", "time": ["exact": "", "clock": ""]],
        ]
    }

    /// `waiting` for a first bid, `leading` is somebody, and `sold` or `unsold`.
    private var state: String {
        switch (auction.isOpen, auction.highestBid) {
        case (true, nil): "waiting"
        case (true, _?): "leading"
        case (false, _?): "sold"
        case (false, nil): "unsold"
        }
    }

    private var price: Value { .string((auction.highestBid?.amount ?? auction.startPrice).text) }
    private var bidCount: Value { .string(Amount.counted(auction.bidCount, "bid")) }
    private var bidder: Value { auction.highestBid.map { .string(ShownText.escaped($0.bidder)) } ?? .null }

    private var moments: (opened: Value, closes: Value, closed: Value) {
        (auction.openedAt.shown, auction.closesAt.shown, auction.closedAt?.shown ?? .null)
    }
}

extension Bid {
    /// A line of the bids of an auction.
    fileprivate var row: Value {
        [
            "offset": Value(offset), "bidder": .string(ShownText.escaped(bidder)), "amount": .string(amount.text),
            "time": time.shown,
        ]
    }
}

extension Moment {
    /// For programs, and to the second for people.
    fileprivate var shown: Value {
        let time = Timestamp(self)
        return ["exact": .string("\(time)"), "clock": .string(time.toTheSecond)]
    }
}
