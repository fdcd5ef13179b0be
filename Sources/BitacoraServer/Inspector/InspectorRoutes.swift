import EventLog
import HTTPTypes
import Handlebars
import Hummingbird
import JSON
import NIOCore

/// The inspector: `/log`, `/log/{offset}` and `/api/log`. It changes nothing.
struct InspectorRoutes {
    private static let (listView, eventView, overviewView) = ("log", "logEvent", "logOverview")
    /// The views that the inspector renders.
    static let views = [listView, eventView, overviewView]

    let log: EventLog
    let views: ViewEngine
    let overviews: LogOverviewCache
    let projections: ServedProjections
    let stateLimiter: ConcurrencyLimiter
    let searchLimiter: ConcurrencyLimiter

    /// The last offset that the pages show: the offset of the newest states.
    private var head: Offset { projections.head ?? log.head }

    /// The page with the newest events, or with those that the fields of its form ask for.
    ///
    /// When a field is not valid, the page shows the error beside the form, has the status 400 and lists no event.
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

    private func events(_ query: Query, _ head: Offset) async throws -> SearchResults {
        let values = LogFilter.values(query)
        do {
            let filter = try LogFilter(query)
            let (search, rows) = try await searching { [log] in
                let search = try LogSearch.run(filter, in: log, head: head)
                return (search, try EventRow.read(search.offsets, from: log))
            }
            return SearchResults(values: values, found: (filter, search, rows), problem: nil)
        } catch let problem as Problem {
            guard problem.status == .badRequest else { throw problem }
            return SearchResults(values: values, found: nil, problem: problem)
        }
    }

    /// Runs a read that takes longer than an event loop may wait.
    private func searching<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        do {
            return try await searchLimiter.run(work)
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    /// - Returns: nil when the server has no state.
    private func state(_ query: Query, _ head: Offset) async throws -> StateForm? {
        let all = projections.states
        guard let first = all.first else { return nil }
        // A form sends its empty fields too.
        func field(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
        let (at, against, name) = (field("at"), field("against"), field("state") ?? first.name)
        var form = StateForm(names: all.map(\.name), name: name, at: at, against: against)
        do {
            let states = try ServedProjections.state(named: name, among: all, field: "state")
            guard let at else { return form }
            let offset = try StateOffset.parse(at, field: "at", in: log, head: head)
            // By default the page shows the changes of the event at the offset.
            let other =
                try against.map { (text) throws(Problem) in
                    try StateOffset.parse(text, field: "against", in: log, head: head)
                } ?? max(offset.previous, log.first.previous)
            let view = try await stateLimiter.run {
                try StateView(at: offset, against: other, states, isNamed: all.count > 1)
            }
            form.view = view
        } catch let problem as Problem {
            form.problem = problem
        } catch let error as ReadError {
            form.problem = Problem(noStateAt: at ?? "", error)
        }
        return form
    }

    /// The page of one event; that of a damaged event says that the event is damaged.
    func event(_ request: Request, _ offset: Offset) async throws -> Response {
        let head = head
        guard let detail = try await searching({ [log] in try EventDetail.find(offset, in: log) }) else {
            throw Problem(noEventAt: offset, in: log, head: head)
        }
        let states = projections.states
        // The page of the event leads to the state that the visitor came from.
        let state = states.count > 1 ? states.first { $0.name == request.query["state"] }?.name : nil
        let page = try await context(head).event(detail, state: state, hasStates: !states.isEmpty)
        return .page(try views.render(Self.eventView, page), request)
    }

    /// The part of the page with the overview of the log, for its script.
    func parts(_ request: Request) async throws -> Response {
        return .page(
            try views.render(Self.overviewView, try await context(head).parts, layout: .none),
            request)
    }

    /// The overview of the log as JSON (`LogOverview.json`).
    func overview(_ request: Request) async throws -> Response {
        let json = try await currentOverview().json.bytes
        return .tagged(json, "application/json", request)
    }

    private func context(_ head: Offset) async throws -> InspectorViewModel {
        InspectorViewModel(log: log, head: head, overview: try await currentOverview())
    }

    private func currentOverview() async throws -> LogOverview {
        do {
            return try await overviews.current()
        } catch let error as ReadError {
            throw Problem(error)
        }
    }
}

/// `/api/state/{name}`: a state as of any offset.
struct StateRoutes {
    let log: EventLog
    let projections: ServedProjections
    let limiter: ConcurrencyLimiter

    /// Answers `{"name":…,"offset":…,"head":…,"state":…}`; `state` is the JSON of
    /// ``PastStates/encodedState(at:)``.
    ///
    /// `at` is an offset (0 is before all events) or a time; without `at` the state is the newest.
    ///
    /// - Throws: `Problem`: 404 for an unknown name, with the known ones, and for an offset without a state; 410
    ///   when an event of the state is damaged; 400 for an `at` that is not valid; 503 `busy` when too many requests
    ///   wait.
    func show(_ request: Request, name: String) async throws -> Response {
        let states = try ServedProjections.state(named: name, among: projections.states, field: "name")
        let query = request.query
        try query.rejectMisspellings(of: ["at"])
        let head = states.head
        let offset =
            try StateOffset.requested(query).map { (text) throws(Problem) in
                try StateOffset.parse(text, field: "at", in: log, head: head)
            } ?? head
        let tag = EntityTags.strong("\(log.id)-\(states.version)-\(offset)-\(head)")
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
            return try await limiter.run { try states.encodedState(at: offset) }
        } catch let error as ReadError {
            throw Problem(noStateAt: "\(offset)", error)
        }
    }
}
