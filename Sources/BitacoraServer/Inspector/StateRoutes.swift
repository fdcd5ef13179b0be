import EventLog
import HTTPTypes
import Hummingbird
import JSON
import Marketplace
import NIOCore

/// `/api/state/{name}`: a projection's state as of any offset.
struct StateRoutes {
    let market: Market
    let history: StateHistory<MarketplaceState>
    let gate: WorkGate

    /// Answers `{"name":…,"offset":…,"head":…,"state":…}`; `state` is what a snapshot of the projection holds.
    ///
    /// `at` is an offset (0 stands before everything) or a time; without it the state is the newest.
    ///
    /// Problems: 404 for a name that is no projection, or an offset without a state; 410 where an event that it is made
    /// of is damaged; 400 for what is neither offset
    /// nor time; 503 `busy` when too many ask at once.
    func show(_ request: Request, name: String) async throws -> Response {
        guard name == MarketplaceState.name else {
            throw Problem(
                .notFound, "not-found",
                "there is no projection '\(name.prefix(64))'; there is \(MarketplaceState.name)", field: "name")
        }
        let query = request.query
        try query.checkNames(["at"])
        let head = market.projector.value.offset
        let offset =
            try query["at"].map { (text) throws(Problem) in
                try StateOffset.parse(text, field: "at", in: market.log, head: head)
            } ?? head
        let tag = EntityTags.strong("\(market.log.id)-\(name)-\(offset)-\(head)")
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        let state = try await encodedState(at: offset)
        var body = ByteBuffer(string: "{\"name\":\"\(name)\",\"offset\":\(offset),\"head\":\(head),\"state\":")
        body.writeBytes(state)
        body.writeString("}")
        var response = Response.json(body)
        response.headers[.eTag] = tag
        return response
    }

    private func encodedState(at offset: Offset) async throws -> [UInt8] {
        do {
            return try await gate.run { [history] in try history.state(at: offset).encoded() }
        } catch let error as ReadError {
            throw Problem(noStateAt: "\(offset)", error)
        }
    }
}
