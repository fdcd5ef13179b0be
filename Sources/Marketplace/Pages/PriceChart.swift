import EventLog
import Handlebars
import Inspection
import Marketplace

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
        let x = { @Sendable (moment: Moment) in
            Self.place(
                Double(moment.microseconds), from: Double(begin.microseconds), to: Double(end.microseconds),
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
                        "\(bid.amount) by \(ShownText.escaped(bid.bidder)), \(Timestamp(bid.time).toTheSecond)"),
                ]
            },
            "bids": .string(Amount.counted(bids.count, "bid")), "isWhole": .bool(isWhole),
            "lowest": .string(lowest.text), "highest": .string(last.amount.text),
            "begin": .string(Timestamp(begin).toTheSecond), "end": .string(Timestamp(end).toTheSecond),
        ]
    }

    /// Where a value lies on an axis; where all are one, at the end of it.
    private static func place(_ value: Double, from low: Double, to high: Double, in length: Int) -> Int {
        let share = high > low ? (value - low) / (high - low) : 1
        return margin + Int(share * Double(length - 2 * margin))
    }
}
