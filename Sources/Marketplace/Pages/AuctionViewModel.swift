import BitacoraServer
import EventLog
import Handlebars

/// An auction and its product, for the templates.
struct AuctionViewModel: Sendable {
    let auction: Auction
    /// Nil when the product was deleted, which is possible after the auction has closed.
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

    /// A row of the list of auctions.
    var row: Value {
        let times = times
        return [
            "id": Value(auction.id), "version": Value(auction.version), "title": .string(title),
            "picture": image.picture, "elsewhere": image.elsewhere,
            "isOpen": .bool(auction.isOpen), "price": price, "bids": bidCount, "bidCount": Value(auction.bidCount),
            "bidder": bidder,
            "minimumStep": .string(auction.minimumStep.text), "closes": times.closes, "closed": times.closed,
        ]
    }

    /// The page of the auction, without the form.
    ///
    /// - Parameter position: the offset of the last event that the page shows.
    func page(in log: EventLog, at position: Offset) -> Object {
        let times = times
        return [
            "title": .string(title), "sheet": "auctions", "isAuctions": true, "offset": Value(position.rawValue),
            "logId": .string("\(log.id)"), "position": .string("\(Position(log: log.id, offset: position))"),
            "id": Value(auction.id), "picture": image.picture, "elsewhere": image.elsewhere,
            "description": .string(product?.description ?? ""),
            "isOpen": .bool(auction.isOpen), "state": .string(state), "when": .object([state: true]),
            "price": price, "bids": bidCount, "bidCount": Value(auction.bidCount), "bidder": bidder,
            "startPrice": .string(auction.startPrice.text), "minimumStep": .string(auction.minimumStep.text),
            "nextPrice": auction.nextPrice.map { .string($0.text) } ?? .null,
            "opened": times.opened, "closes": times.closes, "closed": times.closed,
            "chart": PriceChart(auction).value, "rows": .list(auction.bids.reversed()) { $0.row },
            "areLeftOut": .bool(auction.bidCount > auction.bids.count),
            "blank": ["offset": "", "bidder": "", "amount": "", "time": ["exact": "", "clock": ""]],
        ]
    }

    /// `waiting` (no bids yet), `leading` (there is a highest bid), `sold` or `unsold`.
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

    private var times: (opened: Value, closes: Value, closed: Value) {
        (auction.openedAt.value, auction.closesAt.value, auction.closedAt?.value ?? .null)
    }
}

extension Bid {
    /// A row of the list of bids.
    fileprivate var row: Value {
        [
            "offset": Value(offset), "bidder": .string(PageText.escaped(bidder)), "amount": .string(amount.text),
            "time": time.value,
        ]
    }
}

extension Timestamp {
    /// The exact time for scripts, and the time in seconds for people.
    fileprivate var value: Value {
        ["exact": .string("\(self)"), "clock": .string(PageText.clock(self))]
    }
}

/// The chart of an auction's price over time: an SVG path that rises at each bid.
///
/// The chart begins when the auction was opened or, when not all bids are kept, with the first bid that is kept.
struct PriceChart {
    /// The size of the drawing, and the margin for points at its edges.
    private static let size = (width: 1200, height: 300)
    private static let margin = 10

    private let auction: Auction

    init(_ auction: Auction) { self.auction = auction }

    /// The chart for the templates; null before the first bid.
    var value: Value {
        let bids = auction.bids
        guard let first = bids.first, let last = bids.last else { return .null }
        let isWhole = bids.count == auction.bidCount
        let (begin, end) = (isWhole ? auction.openedAt : first.time, auction.closedAt ?? last.time)
        let lowest = isWhole ? auction.startPrice : first.amount
        let x = { @Sendable (time: Timestamp) in
            Self.coordinate(
                Double(time.rawValue), from: Double(begin.rawValue), to: Double(end.rawValue),
                in: Self.size.width)
        }
        let y = { @Sendable (price: Price) in
            let (low, high) = (Double(lowest.tenThousandths), Double(last.amount.tenThousandths))
            return Self.size.height
                - Self.coordinate(Double(price.tenThousandths), from: low, to: high, in: Self.size.height)
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

    /// The coordinate of a value on an axis; the end of the axis when all values are equal.
    private static func coordinate(_ value: Double, from low: Double, to high: Double, in length: Int) -> Int {
        let share = high > low ? (value - low) / (high - low) : 1
        return margin + Int(share * Double(length - 2 * margin))
    }
}
