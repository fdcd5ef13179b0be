import BitacoraServer
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import Synchronization

/// The list of auctions, and the page of each auction.
///
/// Pages are kept rendered: the page of an auction is rendered once after each of its events, for all visitors.
final class AuctionPages: Sendable {
    /// The views of the list and of one auction.
    private static let (listView, auctionView) = ("auctions", "auction")
    /// The most pages of auctions that are kept rendered. A page takes up to about 50 KB.
    private static let maximumCached = 64

    /// The views that the pages need.
    static var views: [String] { [listView, auctionView] }

    private let server: Server
    /// Empty in development, where the views may change.
    private let cache = Mutex(Cache())

    private struct Cache {
        /// The first page of the list, which is valid until the next commit.
        var list: (offset: Offset, page: RenderedPage)?
        var auctions: [Int: (version: Version, page: RenderedPage, number: Int)] = [:]
        /// The number of pages of auctions that were stored, which orders them by age.
        var storeCount = 0
    }

    /// What the page of an auction depends on.
    private struct Version: Equatable {
        /// The auction's last event, or the last trimmed event if that is later. The script of the page reads events
        /// from this position on.
        let position: Offset
        /// The version of the product; nil when the product was deleted.
        let product: UInt64?
    }

    init(_ server: Server) { self.server = server }

    // MARK: The list

    /// Shows a page of the list.
    ///
    /// - Throws: `invalid` or `not-found` for a `page` that does not exist.
    func list(_ request: Request) throws -> Response {
        let value = server.current
        if let text = request.query["page"] {
            guard let page = Offset(text).flatMap({ Int(exactly: $0.rawValue) }) else {
                throw Problem.invalid("page", "page must be a whole number, 1 or more, not '\(text.prefix(64))'")
            }
            return .page(try render(AuctionList(value.state, page: page), AuctionForm(), value), request)
        }
        if let list = cache.withLock({ $0.list }), list.offset == value.offset {
            return list.page.response(to: request)
        }
        let page = RenderedPage(try render(AuctionList(value.state), AuctionForm(), value))
        if !server.isDevelopment {
            cache.withLock { cache in
                // Another request may have rendered a newer page at the same time.
                if cache.list.map({ $0.offset < value.offset }) ?? true { cache.list = (value.offset, page) }
            }
        }
        return page.response(to: request)
    }

    /// Shows the list with a refused form.
    func showList(_ form: AuctionForm, _ request: Request) throws -> Response {
        let value = server.current
        return .page(try render(AuctionList(value.state), form, value), request, status: form.problem?.status ?? .ok)
    }

    private func render(
        _ list: AuctionList, _ form: AuctionForm, _ value: Projector<MarketplaceProjection>.Value
    ) throws -> [UInt8] {
        var object = list.value(in: server.log, at: value.offset, server.imageOrigins)
        object["form"] = form.value(value.state)
        return try server.views.render(Self.listView, .object(object))
    }

    // MARK: One auction

    /// Shows the page of an auction.
    ///
    /// - Throws: `not-found` when the auction does not exist.
    func show(_ request: Request, id: Int) throws -> Response {
        let (auction, version) = try self.auction(id)
        if let page = cache.withLock({ $0.auctions[id] }), page.version == version {
            return page.page.response(to: request)
        }
        let page = RenderedPage(try render(auction, BidForm(), version))
        if !server.isDevelopment { store(page, version, id) }
        return page.response(to: request)
    }

    /// Shows the page of an auction with a refused form.
    func show(_ form: BidForm, _ request: Request, id: Int) throws -> Response {
        let (auction, version) = try self.auction(id)
        return .page(try render(auction, form, version), request, status: form.problem?.status ?? .ok)
    }

    private func auction(_ id: Int) throws(Problem) -> (AuctionViewModel, Version) {
        let state = server.state
        guard let auction = state.auctions[id] else {
            throw Problem(.notFound, "not-found", "there is no auction \(id)", field: "id")
        }
        let shown = AuctionViewModel(auction, in: state, server.imageOrigins)
        return (
            shown,
            Version(position: max(Offset(auction.version), server.log.first.previous), product: shown.product?.version)
        )
    }

    private func render(_ auction: AuctionViewModel, _ form: BidForm, _ version: Version) throws -> [UInt8] {
        var object = auction.page(in: server.log, at: version.position)
        object["form"] = form.value
        return try server.views.render(Self.auctionView, .object(object))
    }

    private func store(_ page: RenderedPage, _ version: Version, _ id: Int) {
        cache.withLock { cache in
            if let other = cache.auctions[id], other.version.position > version.position { return }
            cache.storeCount += 1
            cache.auctions[id] = (version, page, cache.storeCount)
            guard cache.auctions.count > Self.maximumCached else { return }
            let oldest = cache.auctions.min { $0.value.number < $1.value.number }
            if let oldest { cache.auctions[oldest.key] = nil }
        }
    }
}

/// A page of the list of auctions: the open ones by closing time, then the closed ones, the last closed first.
///
/// Cost: a scan of all auctions and a sort.
struct AuctionList: Sendable {
    /// The number of auctions on a page.
    static let pageSize = 100

    private let state: MarketplaceState
    private let openCount: Int
    private let closedCount: Int
    private let shown: ArraySlice<Auction>
    private let page: Int
    private let pageCount: Int

    /// - Throws: `not-found` for a page after the last.
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

    /// The values for the template, without the form.
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
