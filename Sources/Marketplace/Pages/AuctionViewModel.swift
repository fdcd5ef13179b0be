import BitacoraServer
import EventLog
import Handlebars

/// An auction and its product, as the templates see them.
struct AuctionViewModel: Sendable {
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

    var title: String { product.map { PageText.escaped($0.title) } ?? "Product \(auction.product), deleted" }

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
    private var bidCount: Value { .string(PageText.counted(auction.bidCount, "bid")) }
    private var bidder: Value { auction.highestBid.map { .string(PageText.escaped($0.bidder)) } ?? .null }

    private var moments: (opened: Value, closes: Value, closed: Value) {
        (auction.openedAt.shown, auction.closesAt.shown, auction.closedAt?.shown ?? .null)
    }
}

extension Bid {
    /// A line of the bids of an auction.
    fileprivate var row: Value {
        [
            "offset": Value(offset), "bidder": .string(PageText.escaped(bidder)), "amount": .string(amount.text),
            "time": time.shown,
        ]
    }
}

extension Timestamp {
    /// For programs, and to the second for people.
    fileprivate var shown: Value {
        ["exact": .string("\(self)"), "clock": .string(PageText.clock(self))]
    }
}

/// The price of an auction over time: a line that steps up at each bid, in the units of an SVG.
///
/// It begins when the auction was opened or, when not all bids are kept, with the first of those that are.
struct PriceChart {
    /// The size of the drawing, and the room that a point at its edge needs.
    private static let size = (width: 1200, height: 300)
    private static let margin = 10

    private let auction: Auction

    init(_ auction: Auction) { self.auction = auction }

    /// As the templates see it; null before the first bid.
    var value: Value {
        let bids = auction.bids
        guard let first = bids.first, let last = bids.last else { return .null }
        let isWhole = bids.count == auction.bidCount
        let (begin, end) = (isWhole ? auction.openedAt : first.time, auction.closedAt ?? last.time)
        let lowest = isWhole ? auction.startPrice : first.amount
        let x = { @Sendable (moment: Timestamp) in
            Self.place(
                Double(moment.rawValue), from: Double(begin.rawValue), to: Double(end.rawValue),
                in: Self.size.width)
        }
        let y = { @Sendable (price: Price) in
            let (low, high) = (Double(lowest.tenThousandths), Double(last.amount.tenThousandths))
            return Self.size.height
                - Self.place(Double(price.tenThousandths), from: low, to: high, in: Self.size.height)
        }
        var path = "M\(x(begin)) \(y(lowest))"
        for bid in bids { path += "H\(x(bid.time))V\(y(bid.amount))" }
        return [
            "width": Value(Self.size.width), "height": Value(Self.size.height), "path": .string(path + "H\(x(end))"),
            "points": .list(bids) { bid in
                [
                    "x": Value(x(bid.time)), "y": Value(y(bid.amount)),
                    "label": .string(
                        "\(bid.amount) by \(PageText.escaped(bid.bidder)), \(PageText.clock(bid.time))"),
                ]
            },
            "bids": .string(PageText.counted(bids.count, "bid")), "isWhole": .bool(isWhole),
            "lowest": .string(lowest.text), "highest": .string(last.amount.text),
            "begin": .string(PageText.clock(begin)), "end": .string(PageText.clock(end)),
        ]
    }

    /// Where a value lies on an axis; where all are one, at the end of it.
    private static func place(_ value: Double, from low: Double, to high: Double, in length: Int) -> Int {
        let share = high > low ? (value - low) / (high - low) : 1
        return margin + Int(share * Double(length - 2 * margin))
    }
}
