import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON
import NIOCore

/// The inspector: `/log`, `/log/{offset}` and `/api/log`, for looking only.
struct LogRoutes {
    private static let (listView, eventView, overviewView) = ("log", "logEvent", "logOverview")
    /// All views that are shown.
    static let views = [listView, eventView, overviewView]

    let log: EventLog
    let views: ViewEngine
    let overviews: LogOverviews
    /// Nil when the server runs without an application.
    let states: (any PastStates)?
    let folds: WorkGate
    let searches: WorkGate

    /// The last offset that the pages show: that of the newest state.
    private var head: Offset { states?.head ?? log.head }

    /// The page: the newest events, or those that the fields of its form ask for.
    ///
    /// A field that cannot be understood is told beside the form, with status 400; no event is listed then.
    func list(_ request: Request) async throws -> Response {
        let query = request.query
        let head = head
        let events = try await events(query, head)
        let state = try await state(query, head)
        let page = try views.render(Self.listView, try await context(head).list(events, state))
        let problem = events.problem ?? state?.problem
        var response = Response.page(page, request, status: problem?.status ?? .ok)
        for field in problem?.headers ?? [:] { response.headers.append(field) }
        return response
    }

    private func events(_ query: Query, _ head: Offset) async throws -> EventList {
        let written = LogFilter.written(query)
        do {
            let filter = try LogFilter(query)
            let (search, rows) = try await searching { [log] in
                let search = try LogSearch.run(filter, in: log, head: head)
                return (search, try EventRow.read(search.offsets, from: log))
            }
            return EventList(written: written, found: (filter, search, rows), problem: nil)
        } catch let problem as Problem {
            guard problem.status == .badRequest else { throw problem }
            return EventList(written: written, found: nil, problem: problem)
        }
    }

    /// Runs what reads more of the log than an event loop may wait for.
    private func searching<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        do {
            return try await searches.run(work)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    /// - Returns: nil when the server runs without an application.
    private func state(_ query: Query, _ head: Offset) async throws -> StateForm? {
        guard let states else { return nil }
        guard let at = query["at"], !at.isEmpty else {
            return StateForm(at: nil, against: nil, view: nil, problem: nil)
        }
        let against = query["against"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            let offset = try StateOffset.parse(at, field: "at", in: log, head: head)
            // What the event there did is what one wants to know first.
            let other =
                try against.map { (text) throws(Problem) in
                    try StateOffset.parse(text, field: "against", in: log, head: head)
                } ?? max(offset.previous, log.first.previous)
            let view = try await folds.run { try StateView(at: offset, against: other, states) }
            return StateForm(at: at, against: against, view: view, problem: nil)
        } catch let problem as Problem {
            return StateForm(at: at, against: against, view: nil, problem: problem)
        } catch let error as ReadError {
            return StateForm(at: at, against: against, view: nil, problem: Problem(noStateAt: at, error))
        }
    }

    /// One event, whole; one that is damaged has a page that says so.
    func event(_ request: Request, _ offset: Offset) async throws -> Response {
        let head = head
        guard let detail = try await searching({ [log] in try EventDetail.find(offset, in: log) }) else {
            throw Problem(noEventAt: offset, in: log, head: head)
        }
        return .page(try views.render(Self.eventView, try await context(head).event(detail)), request)
    }

    /// What of the page tells of the log as a whole, for its script.
    func parts(_ request: Request) async throws -> Response {
        return .page(
            try views.render(Self.overviewView, try await context(head).parts, layout: .none),
            request)
    }

    /// What is in the log, as `LogOverview.json` says.
    func overview(_ request: Request) async throws -> Response {
        let json = try await currentOverview().json.bytes
        return .tagged(json, "application/json", request)
    }

    private func context(_ head: Offset) async throws -> LogContext {
        LogContext(log: log, head: head, overview: try await currentOverview())
    }

    private func currentOverview() async throws -> LogOverview {
        do {
            return try await overviews.current()
        } catch let error as ReadError {
            throw Problem(error)
        }
    }
}

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
