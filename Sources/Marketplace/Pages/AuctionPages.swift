import BitacoraServer
import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import Synchronization

/// The page of all auctions and that of each.
///
/// However many watch an auction, its page is rendered once for each of its events.
final class AuctionPages: Sendable {
    /// The view of all auctions, and that of one.
    private static let (listView, auctionView) = ("auctions", "auction")
    /// How many auctions' pages are kept rendered, those that were rendered last. One takes up to about 50 KB.
    static let maximumKept = 64

    static var views: [String] { [listView, auctionView] }

    private let server: Server
    /// Nothing in development, where the views may change.
    private let kept = Mutex(Kept())

    private struct Kept {
        /// The first page of the list: the next commit makes it stale.
        var list: (offset: Offset, page: RenderedPage)?
        var auctions: [Int: (version: Version, page: RenderedPage, turn: Int)] = [:]
        /// How many were rendered.
        var turn = 0
    }

    /// What the page of an auction depends on.
    private struct Version: Equatable {
        /// The auction's last event or, where that was trimmed, the last event that was: the page's script goes on from there.
        let position: Offset
        /// The product's version, nil when it is gone.
        let product: UInt64?
    }

    init(_ server: Server) { self.server = server }

    // All auctions

    /// - Throws: `.invalid` or `not-found` for a `page` that is not one.
    func list(_ request: Request) throws -> Response {
        let value = server.current
        if let text = request.query["page"] {
            guard let page = Offset(text).flatMap({ Int(exactly: $0.rawValue) }) else {
                throw Problem.invalid("page", "'\(text.prefix(64))' is not a page: 1, 2, 3 …")
            }
            return .page(try render(AuctionList(value.state, page: page), AuctionForm(), value), request)
        }
        if let list = kept.withLock({ $0.list }), list.offset == value.offset { return list.page.response(to: request) }
        let page = RenderedPage(try render(AuctionList(value.state), AuctionForm(), value))
        if !server.isDevelopment {
            kept.withLock { kept in
                // Another request may have rendered a newer one meanwhile.
                if kept.list.map({ $0.offset < value.offset }) ?? true { kept.list = (value.offset, page) }
            }
        }
        return page.response(to: request)
    }

    /// The list with the form as it was filled in, which says what is wrong with it.
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

    // One auction

    /// - Throws: `not-found` when there is no such auction.
    func show(_ request: Request, id: Int) throws -> Response {
        let (auction, version) = try self.auction(id)
        if let page = kept.withLock({ $0.auctions[id] }), page.version == version {
            return page.page.response(to: request)
        }
        let page = RenderedPage(try render(auction, BidForm(), version))
        if !server.isDevelopment { keep(page, version, id) }
        return page.response(to: request)
    }

    /// The page with the form as it was filled in, which says what is wrong with it.
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

    private func keep(_ page: RenderedPage, _ version: Version, _ id: Int) {
        kept.withLock { kept in
            if let other = kept.auctions[id], other.version.position > version.position { return }
            kept.turn += 1
            kept.auctions[id] = (version, page, kept.turn)
            guard kept.auctions.count > Self.maximumKept else { return }
            let oldest = kept.auctions.min { $0.value.turn < $1.value.turn }
            if let oldest { kept.auctions[oldest.key] = nil }
        }
    }
}
