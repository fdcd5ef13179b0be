import BitacoraServer
import Commands
import EventLog
import HTTPTypes
import Hummingbird
import JSON

/// `/api/auctions`: reads the newest state, opens and closes auctions, and places bids.
struct AuctionRoutes {
    /// The largest body of a request, in bytes.
    static let bodyLimit = 64 << 10

    let server: Server

    /// A page of auctions by id, without their bids: at most `limit` auctions after the id `after`, only open or closed
    /// ones if `state` is given.
    func list(_ request: Request) throws -> Response {
        let query = request.query
        try query.rejectMisspellings(of: ["after", "limit", "state"])
        let limit = try query.limit()
        let after = try Self.after(query)
        let value = server.current
        let page = try Self.page(of: value.state.auctions, query["state"], after: after, limit: limit)
        let tag = EntityTags.strong("\(server.log.id)-\(value.offset)")
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response.json([
            "offset": .number(JSONNumber(value.offset.rawValue)), "auctions": .array(page.map { .object($0.json) }),
            "next": .number(JSONNumber(page.last?.id ?? after)),
        ])
        response.headers[.eTag] = tag
        return response
    }

    private static func page(
        of auctions: Auctions, _ state: String?, after id: Int, limit: Int
    ) throws(Problem) -> [Auction] {
        let rest = (min(id, auctions.count)..<auctions.count).lazy.compactMap { auctions[$0 + 1] }
        return switch state {
        case nil: Array(rest.prefix(limit))
        case "open": Array(auctions.openInOrder.drop { $0.id <= id }.prefix(limit))
        case "closed": Array(rest.filter { !$0.isOpen }.prefix(limit))
        case let state?: throw .invalid("state", "state must be open or closed, not '\(state.prefix(64))'")
        }
    }

    private static func after(_ query: Query) throws(Problem) -> Int {
        guard let text = query["after"] else { return 0 }
        guard let id = Offset(text).flatMap({ Int(exactly: $0.rawValue) }) else {
            throw .invalid(
                "after",
                "after must be the id of an auction, or 0, not '\(text.prefix(64))'; send the next of the previous page"
            )
        }
        return id
    }

    func show(_ request: Request, id: Int) throws -> Response {
        let value = server.current
        guard let auction = value.state.auctions[id] else {
            throw Problem(.notFound, "not-found", "there is no auction \(id)", field: "id")
        }
        let tag = EntityTags.version(auction.version, in: server.log.id)
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        return answer(auction, offset: value.offset)
    }

    func open(_ request: Request) async throws -> Response {
        try request.refuseConditions()
        let outcome = try await server.perform(
            "auction.open", try await request.json(limit: Self.bodyLimit), for: request)
        guard let id = outcome.data?["auction"]?.int else { throw Problem(ReadError.damaged(outcome.offset)) }
        var response = try answer(id, outcome, status: .created)
        response.headers[.location] = "/api/auctions/\(id)"
        return response
    }

    func bid(_ request: Request, id: Int) async throws -> Response {
        guard var data = try await request.json(limit: Self.bodyLimit).object else {
            throw Problem(.unprocessableContent, "invalid", "the body must be an object with amount and bidder")
        }
        if let given = data["auction"], given.int != id {
            throw Problem.invalid(
                "auction", "auction in the body must be \(id), the id in the address; send it without auction")
        }
        data["auction"] = .number(JSONNumber(id))
        let outcome = try await server.perform(
            "bid.place", .object(data), for: request, version: try version(request, id))
        return try answer(id, outcome, status: .created)
    }

    func close(_ request: Request, id: Int) async throws -> Response {
        let data: JSONValue = ["auction": .number(JSONNumber(id))]
        let outcome = try await server.perform("auction.close", data, for: request, version: try version(request, id))
        return try answer(id, outcome, status: .ok)
    }

    private func version(_ request: Request, _ id: Int) throws(Problem) -> UInt64? {
        try request.requiredVersion(of: "auction \(id)", at: server.state.auctions[id]?.version, in: server.log.id)
    }

    /// The auction in its newest state, which may have bids that were placed later.
    private func answer(_ id: Int, _ outcome: CommandOutcome, status: HTTPResponse.Status) throws(Problem) -> Response {
        // An imported event may have the idempotency key of the request without changing the marketplace.
        guard let auction = server.state.auctions[id] else { throw Problem(ReadError.damaged(outcome.offset)) }
        return answer(auction, offset: outcome.offset, status: status)
    }

    private func answer(_ auction: Auction, offset: Offset, status: HTTPResponse.Status = .ok) -> Response {
        var response = Response.json(
            ["offset": .number(JSONNumber(offset.rawValue)), "auction": auction.jsonWithBids], status: status)
        response.headers[.eTag] = EntityTags.version(auction.version, in: server.log.id)
        return response
    }
}

extension Auction {
    /// The auction in responses: times as in events, `price` and `bidder` of the highest bid, and `nextPrice`, the
    /// lowest amount of the next bid.
    var json: JSONObject {
        let highest = highestBid
        return [
            "id": .number(JSONNumber(id)), "product": .number(JSONNumber(product)),
            "startPrice": .number(startPrice.number), "minimumStep": .number(minimumStep.number),
            "openedAt": .string("\(openedAt)"), "closesAt": .string("\(closesAt)"),
            "state": isOpen ? "open" : "closed", "bidCount": .number(JSONNumber(bidCount)),
            "price": highest.map { .number($0.amount.number) } ?? .null,
            "bidder": highest.map { .string($0.bidder) } ?? .null,
            "nextPrice": nextPrice.map { .number($0.number) } ?? .null, "version": .number(JSONNumber(version)),
        ]
    }

    /// The auction in responses, with its newest bids in `bids`, the highest last.
    var jsonWithBids: JSONValue {
        var object = json
        object["bids"] = .array(
            bids.map { bid in
                [
                    "amount": .number(bid.amount.number), "bidder": .string(bid.bidder),
                    "time": .string("\(bid.time)"),
                ]
            })
        return .object(object)
    }
}
