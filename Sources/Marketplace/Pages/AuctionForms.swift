import BitacoraServer
import Commands
import HTTPTypes
import Handlebars
import Hummingbird
import JSON

/// Opens auctions and places bids with HTML forms, which work without JavaScript.
///
/// Responses are those of `ProductFormRoutes`.
struct AuctionFormRoutes: Sendable {
    /// The largest body of a request, in bytes: every field at its limit fits, percent-encoded.
    static let bodyLimit = 16 << 10

    let server: Server
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

    private func perform(
        _ name: String, _ data: JSONObject, _ sent: FormSubmission
    ) async throws(Problem) -> CommandOutcome {
        try await server.perform(Command(name: name, data: .object(data)), id: sent.id, source: "form")
    }
}

/// The form that opens an auction.
struct AuctionForm: HTMLForm {
    /// The most products that are offered as a list. When there are more, the user enters the id of a product.
    static let maximumOffered = 200
    static let fields = ["product", "startPrice", "minimumStep", "duration", "unit"]
    static let otherParameters = ["after"]

    /// The units of a duration.
    private static let units: [(seconds: Int, name: String)] = [(60, "minutes"), (3600, "hours"), (86_400, "days")]

    var typed = ["minimumStep": "1", "duration": "3", "unit": "86400"]
    var problem: Problem?

    /// The data of the command `auction.open`.
    ///
    /// - Throws: `invalid` for a number or duration that is not one. The command checks everything else.
    func data() throws(Problem) -> JSONObject {
        guard !text("product").isEmpty else { throw Self.invalid("product", "choose the product to auction") }
        return [
            "product": .number(try number("product", example: "12")),
            "startPrice": .number(try number("startPrice", example: "12.50")),
            "minimumStep": .number(try number("minimumStep", example: "0.50")),
            "seconds": .number(JSONNumber(try seconds())),
        ]
    }

    private func seconds() throws(Problem) -> Int {
        guard let unit = Self.units.first(where: { "\($0.seconds)" == text("unit") }) else {
            throw Self.invalid("duration", "the unit of the duration must be minutes, hours or days")
        }
        let longest = Auction.maximumSeconds / unit.seconds
        guard let count = try number("duration", example: "3").int, (1...longest).contains(count) else {
            throw Self.invalid(
                "duration",
                "duration must be a whole number, 1 to \(longest) \(unit.name), not '\(text("duration").prefix(64))'")
        }
        return count * unit.seconds
    }

    /// The form for the templates.
    ///
    /// - Parameter state: its products are offered, except those in an open auction.
    func value(_ state: MarketplaceState) -> Value {
        var object = fieldValues
        object["longest"] = Value(Auction.maximumSeconds)
        let unit = text("unit")
        object["units"] = .list(Self.units) {
            ["seconds": Value($0.seconds), "name": .string($0.name), "isChosen": .bool("\($0.seconds)" == unit)]
        }
        if state.products.count <= Self.maximumOffered + state.auctions.openCount {
            let chosen = text("product")
            object["choice"] = [
                "products": .list(state.productsInOrder.filter { state.auctions.open(of: $0.id) == nil }) { product in
                    [
                        "id": Value(product.id), "title": .string(PageText.escaped(product.title)),
                        "isChosen": .bool("\(product.id)" == chosen),
                    ]
                }
            ]
        }
        return .object(object)
    }
}

/// The form that places a bid.
struct BidForm: HTMLForm {
    static let fields = ["amount", "bidder"]
    static let otherParameters = ["after"]

    var typed: [String: String] = [:]
    var problem: Problem?

    /// The data of the command `bid.place`.
    ///
    /// - Throws: `invalid` for an amount that is not a number. The command checks everything else.
    func data(for auction: Int) throws(Problem) -> JSONObject {
        [
            "auction": .number(JSONNumber(auction)), "amount": .number(try number("amount", example: "12.50")),
            "bidder": .string(typed["bidder"] ?? ""),
        ]
    }

    /// The form for the templates.
    var value: Value { .object(fieldValues) }
}
