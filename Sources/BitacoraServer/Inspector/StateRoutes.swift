import EventLog
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// `/api/state/{name}`: a projection's state as of any offset.
struct StateRoutes {
    let log: EventLog
    /// Nil when the server runs without an application.
    let states: (any PastStates)?
    let gate: WorkGate

    /// Answers `{"name":…,"offset":…,"head":…,"state":…}`; `state` is what a snapshot of the projection holds.
    ///
    /// `at` is an offset (0 stands before everything) or a time; without it the state is the newest.
    ///
    /// Problems: 404 for a name that is no projection, or an offset without a state; 410 where an event that it is made
    /// of is damaged; 400 for what is neither offset
    /// nor time; 503 `busy` when too many ask at once.
    func show(_ request: Request, name: String) async throws -> Response {
        guard let states, name == states.name else {
            let known = states.map { "the projection of this server is \($0.name)" } ?? "this server has no projection"
            throw Problem(
                .notFound, "not-found", "there is no projection '\(name.prefix(64))'; \(known)", field: "name")
        }
        let query = request.query
        try query.checkNames(["at"])
        let head = states.head
        let offset =
            try query["at"].map { (text) throws(Problem) in
                try StateOffset.parse(text, field: "at", in: log, head: head)
            } ?? head
        let tag = EntityTags.strong("\(log.id)-\(name)-\(offset)-\(head)")
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        let state = try await encodedState(states, at: offset)
        var body = ByteBuffer(string: "{\"name\":\"\(name)\",\"offset\":\(offset),\"head\":\(head),\"state\":")
        body.writeBytes(state)
        body.writeString("}")
        var response = Response.json(body)
        response.headers[.eTag] = tag
        return response
    }

    private func encodedState(_ states: any PastStates, at offset: Offset) async throws -> [UInt8] {
        do {
            return try await gate.run { try states.encodedState(at: offset) }
        } catch let error as ReadError {
            throw Problem(noStateAt: "\(offset)", error)
        }
    }
}
