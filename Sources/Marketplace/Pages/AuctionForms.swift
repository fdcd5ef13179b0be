import BitacoraServer
import Commands
import HTTPTypes
import Handlebars
import Hummingbird
import JSON

/// Opening auctions and bidding with forms of plain HTML, as `ProductFormRoutes` does with products.
struct AuctionFormRoutes: Sendable {
    /// The largest body, in bytes: every field at its limit fits, percent-encoded.
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

/// The form that opens an auction: what is written in it, and what is wrong with that.
struct AuctionForm: Sendable {
    /// The most products that are offered to choose from; with more, a product is named by its number.
    static let maximumOffered = 200
    static let fields = ["product", "startPrice", "minimumStep", "duration", "unit"]
    static let parameters = Set(fields + ["after"])

    /// What a duration can be counted in, in seconds.
    private static let units: [(seconds: Int, name: String)] = [(60, "minutes"), (3600, "hours"), (86_400, "days")]

    private var written = ["minimumStep": "1", "duration": "3", "unit": "86400"]
    private(set) var problem: Problem?

    init() {}

    /// As a browser sent it.
    ///
    /// - Throws: `.invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try query.rejectNames(besides: Self.parameters)
        for name in Self.fields { written[name] = query[name] ?? "" }
    }

    /// The same form, with what is wrong with it.
    func refused(_ problem: Problem) -> AuctionForm {
        var form = self
        form.problem = problem
        return form
    }

    /// The fields as the command takes them.
    ///
    /// - Throws: what is none of the numbers that it should be; all else the marketplace refuses.
    func data() throws(Problem) -> JSONObject {
        guard !text("product").isEmpty else { throw Self.invalid("product", "choose the product that is auctioned") }
        return [
            "product": .number(try number("product", example: "12")),
            "startPrice": .number(try number("startPrice", example: "12.50")),
            "minimumStep": .number(try number("minimumStep", example: "0.50")),
            "seconds": .number(JSONNumber(try seconds())),
        ]
    }

    private func seconds() throws(Problem) -> Int {
        guard let unit = Self.units.first(where: { "\($0.seconds)" == text("unit") }) else {
            throw Self.invalid("duration", "a duration is counted in minutes, hours or days")
        }
        let longest = Auction.maximumSeconds / unit.seconds
        guard let count = try number("duration", example: "3").int, (1...longest).contains(count) else {
            throw Self.invalid(
                "duration",
                "duration must be a whole number, 1 to \(longest) \(unit.name), not '\(text("duration").prefix(64))'")
        }
        return count * unit.seconds
    }

    /// As the templates see it.
    ///
    /// - Parameter state: the products of which are offered, unless they are in an open auction.
    func value(_ state: MarketplaceState) -> Value {
        var object = Self.fields.reduce(into: Object()) { $0[$1] = .string(written[$1] ?? "") }
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
        object.addProblem(problem, fields: Self.fields)
        return .object(object)
    }

    private func text(_ name: String) -> String { PageText.trimmed(written[name] ?? "") }

    private func number(_ name: String, example: String) throws(Problem) -> JSONNumber {
        try FormNumber.read(text(name), of: name, example: example)
    }

    private static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid", detail, field: field)
    }
}

/// The form for a bid: what is written in it, and what is wrong with that.
struct BidForm: Sendable {
    static let fields = ["amount", "bidder"]
    static let parameters = Set(fields + ["after"])

    private var written: [String: String] = [:]
    private(set) var problem: Problem?

    init() {}

    /// As a browser sent it.
    ///
    /// - Throws: `.invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        try query.rejectNames(besides: Self.parameters)
        for name in Self.fields { written[name] = query[name] ?? "" }
    }

    /// The same form, with what is wrong with it.
    func refused(_ problem: Problem) -> BidForm {
        var form = self
        form.problem = problem
        return form
    }

    /// The fields as the command takes them.
    ///
    /// - Throws: `.invalid` for an amount that is no number; all else the marketplace refuses.
    func data(for auction: Int) throws(Problem) -> JSONObject {
        [
            "auction": .number(JSONNumber(auction)),
            "amount": .number(
                try FormNumber.read(PageText.trimmed(written["amount"] ?? ""), of: "amount", example: "12.50")),
            "bidder": .string(written["bidder"] ?? ""),
        ]
    }

    /// As the templates see it.
    var value: Value {
        var object = Self.fields.reduce(into: Object()) { $0[$1] = .string(written[$1] ?? "") }
        object.addProblem(problem, fields: Self.fields)
        return .object(object)
    }
}
