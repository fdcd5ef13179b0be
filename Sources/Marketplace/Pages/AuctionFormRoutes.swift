import HTTPTypes
import Hummingbird
import JSON
import Marketplace

/// Opening auctions and bidding with forms of plain HTML, as `ProductFormRoutes` does with products.
struct AuctionFormRoutes: Sendable {
    /// The largest body, in bytes: every field at its limit fits, percent-encoded.
    static let bodyLimit = 16 << 10

    let market: Market
    let pages: AuctionPages

    func open(_ request: Request) async throws -> Response {
        let sent = try await request.form(limit: Self.bodyLimit)
        let form = try AuctionForm(sent.fields)
        do throws(Problem) {
            let outcome = try await perform("auction.open", try form.data(), sent)
            return .seeOther("/auctions" + (outcome.data?["auction"]?.int.map { "/\($0)" } ?? ""))
        } catch {
            return try pages.showList(form.refused(error), request)
        }
    }

    func bid(_ request: Request, id: Int) async throws -> Response {
        let sent = try await request.form(limit: Self.bodyLimit)
        let form = try BidForm(sent.fields)
        do throws(Problem) {
            _ = try await perform("bid.place", try form.data(for: id), sent)
            return .seeOther("/auctions/\(id)")
        } catch {
            return try pages.show(form.refused(error), request, id: id)
        }
    }

    private func perform(_ name: String, _ data: JSONObject, _ sent: SentForm) async throws(Problem) -> Market.Outcome {
        try await market.perform(Command(name: name, data: .object(data)), id: sent.id, source: "form")
    }
}
