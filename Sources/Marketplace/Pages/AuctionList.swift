import BitacoraServer
import EventLog
import HTTPTypes
import Handlebars

/// A page of all auctions: first those that are open, the one that closes soonest before the others, then those that
/// have closed, the newest first.
///
/// Costs a look at every auction and a sort.
struct AuctionList: Sendable {
    /// How many auctions a page shows.
    static let pageSize = 100

    private let state: MarketplaceState
    private let openCount: Int
    private let closedCount: Int
    private let shown: ArraySlice<Auction>
    private let page: Int
    private let pageCount: Int

    /// - Throws: `not-found` for a page beyond the last.
    init(_ state: MarketplaceState, page: Int = 1) throws(Problem) {
        var (open, closed): ([Auction], [Auction]) = ([], [])
        for auction in state.auctions.inOrder {
            if auction.isOpen { open.append(auction) } else { closed.append(auction) }
        }
        open.sort { ($0.closesAt, $0.id) < ($1.closesAt, $1.id) }
        closed.sort { $0.version > $1.version }
        let all = open + closed
        pageCount = max(1, (all.count + Self.pageSize - 1) / Self.pageSize)
        guard (1...pageCount).contains(page) else {
            throw Problem(.notFound, "not-found", "there is no page \(page); the last is \(pageCount)", field: "page")
        }
        self.state = state
        self.page = page
        (openCount, closedCount) = (open.count, closed.count)
        shown = all[((page - 1) * Self.pageSize)...].prefix(Self.pageSize)
    }

    /// The values of the page's template, without the form.
    ///
    /// - Parameter images: which pictures are shown.
    func value(in log: EventLog, at offset: Offset, _ images: ImageOrigins) -> Object {
        var object: Object = [
            "title": "Auctions", "sheet": "auctions", "isAuctions": true, "offset": Value(offset.rawValue),
            "logId": .string("\(log.id)"),
            "position": .string("\(Position(log: log.id, offset: offset))"),
            "openCount": .string(PageText.grouped(openCount)),
            "closedCount": .string(PageText.grouped(closedCount)), "open": rows(images) { $0.isOpen },
            "closed": rows(images) { !$0.isOpen },
            "hasNone": .bool(openCount == 0),
        ]
        guard pageCount > 1 else { return object }
        object["pages"] = [
            "page": Value(page), "count": Value(pageCount),
            "previous": page > 1 ? .string(Self.address(page - 1)) : .null,
            "next": page < pageCount ? .string(Self.address(page + 1)) : .null,
        ]
        return object
    }

    private func rows(_ images: ImageOrigins, _ isWanted: (Auction) -> Bool) -> Value {
        .list(shown.filter(isWanted)) { AuctionViewModel($0, in: state, images).row }
    }

    private static func address(_ page: Int) -> String { page == 1 ? "/auctions" : "/auctions?page=\(page)" }
}
