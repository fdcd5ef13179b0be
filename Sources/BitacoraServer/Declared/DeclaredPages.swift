import EventLog
import Declarations
import HTTPTypes
import Handlebars
import Hummingbird
import JSON
import KeyedRows

/// The pages of a folder application, rendered from the rows of its collections.
///
/// A template gets, beside its context, `@position` and `@offset`, with which the page can be followed from the state
/// that it shows, `@query` with the parameters of the address, and, when the address asks for a past state, its offset
/// as `@at`.
struct DeclaredPages: Sendable {
    /// The number of rows of a list whose definition names none.
    static let defaultSize = 100

    let log: EventLog
    let views: ViewEngine
    let application: DeclaredApplication
    /// Nil in development mode, where the views may change.
    let cache: PageCache?
    /// The page at `/` of an application that declares none.
    let index: ApplicationIndex

    /// Answers a request for a page with GET or HEAD.
    ///
    /// `at` in the query is an offset or a time: the page then shows the rows as of that moment.
    ///
    /// - Throws: `Problem`: 404 when no page has the path, or there is no such row; 405 for another method; the errors
    ///   of `ServedCollection.state(at:)`; `TemplateError`.
    func show(_ request: Request) async throws -> Response {
        let version = application.version
        guard let (page, names) = version.pages.page(at: request.uri.path) else {
            if request.uri.path == "/", request.isRead { return try index.show(request) }
            throw Problem.notFound
        }
        guard request.isRead else {
            var problem = Problem(.methodNotAllowed, "method-not-allowed", "this address supports GET, HEAD")
            problem.headers[.allow] = "GET, HEAD"
            throw problem
        }
        switch page.content {
        case .none:
            let moment = try moment(of: request, head: log.head)
            return .page(try render(page, Object(), moment, request), request)
        case .list(let name, let filter, let sort, let size):
            let collection = try collection(name, version)
            return try await list(page, collection, filter, sort, size ?? Self.defaultSize, request)
        case .one(let name, let keyName):
            return try await row(page, try collection(name, version), key: names[keyName] ?? "", request)
        }
    }

    private func collection(_ name: String, _ version: DeclaredVersion) throws(Problem) -> ServedCollection {
        guard let collection = version.collections[name] else { throw .notFound }
        return collection
    }

    // MARK: Lists

    private func list(
        _ page: DeclaredPage, _ collection: ServedCollection, _ filter: PageFilter, _ sort: RowSort, _ size: Int,
        _ request: Request
    ) async throws -> Response {
        let (state, moment) = try await state(of: collection, request)
        let cached = PageCache.Key(request, collection, moment)
        if let cached, let known = cache?.page(cached, at: state.lastChange) { return known.response(to: request) }
        let query = request.query
        let rows = state.page(RowQuery(filter: filter.filter { query[$0] }, sort: sort, limit: size))
        let context: Object = [
            "title": .string(page.title ?? collection.name),
            "rows": .object(Object(ordered: rows.rows.map { ($0.key.text, .object(Object(row: $0, of: state))) })),
        ]
        let bytes = try render(page, context, moment, request, ["total": Value(rows.total)])
        return answer(bytes, cached, state.lastChange, request)
    }

    // MARK: One row

    private func row(
        _ page: DeclaredPage, _ collection: ServedCollection, key: String, _ request: Request
    ) async throws -> Response {
        let (state, moment) = try await state(of: collection, request)
        guard let row = RowKey(key).flatMap({ state.row($0) }) else {
            throw state.noRow(key, at: moment.isPast ? moment.offset : nil)
        }
        let cached = PageCache.Key(request, collection, moment)
        if let cached, let known = cache?.page(cached, at: row.changed) { return known.response(to: request) }
        var context = Object(row: row, of: state)
        // The layout shows the title; a field of the row with this name is the more specific one.
        if context["title"] == nil { context["title"] = .string(page.title ?? "\(collection.name) \(row.key.text)") }
        let bytes = try render(page, context, moment, request, ["key": .string(row.key.text)])
        return answer(bytes, cached, row.changed, request)
    }

    // MARK: Rendering

    /// The rows that a request asks for, with their moment.
    private func state(
        of collection: ServedCollection, _ request: Request
    ) async throws -> (CollectionState, PageMoment) {
        let (state, head) = collection.current
        let moment = try moment(of: request, head: head)
        return (moment.isPast ? try await collection.state(at: moment.offset) : state, moment)
    }

    /// The moment that a page shows: `at`, or the newest state.
    ///
    /// - Throws: `Problem` 400 for an `at` that is neither an offset nor a time, and 404 for a moment without a state.
    private func moment(of request: Request, head: Offset) throws(Problem) -> PageMoment {
        guard let text = StateOffset.requested(request.query) else { return PageMoment(head) }
        return PageMoment(try StateOffset.parse(text, field: "at", in: log, head: head), isPast: true)
    }

    private func render(
        _ page: DeclaredPage, _ context: Object, _ moment: PageMoment, _ request: Request,
        _ pageData: [String: Value] = [:]
    ) throws -> [UInt8] {
        var context = context
        if context["title"] == nil { context["title"] = .string(page.title ?? page.template) }
        let query = Object(ordered: request.query.pairs.reversed().map { ($0.name, .string($0.value)) })
        let common: [String: Value] = [
            "position": .string("\(Position(log: log.id, offset: moment.offset))"),
            "offset": Value(moment.offset.rawValue), "query": .object(query),
            // Text, because templates take the number 0 as false.
            "at": moment.isPast ? .string("\(moment.offset)") : .undefined,
        ]
        return try views.render(
            page.template, .object(context), layout: page.layout.map { .named($0) } ?? .standard,
            data: common.merging(pageData) { _, specific in specific })
    }

    private func answer(
        _ bytes: [UInt8], _ key: PageCache.Key?, _ version: Offset, _ request: Request
    ) -> Response {
        guard let cache, let key else { return .page(bytes, request) }
        let page = RenderedPage(bytes)
        cache.store(page, key, at: version)
        return page.response(to: request)
    }
}

/// The moment that a page shows.
struct PageMoment: Sendable {
    /// The last event that the page shows.
    let offset: Offset
    /// Whether the address asks for this moment with `at`; otherwise the page shows the newest state.
    let isPast: Bool

    init(_ offset: Offset, isPast: Bool = false) { (self.offset, self.isPast) = (offset, isPast) }
}

extension Object {
    /// The fields of a row, as a template reads them.
    init(row: Row, of state: CollectionState) {
        self.init(minimumCapacity: state.fields.count + 1)
        for (name, value) in zip(state.fields, row.values) {
            if let value { self[name] = Value(shown: value) }
        }
    }
}

extension Value {
    /// A value of a row, whose numbers are shown with all their digits.
    ///
    /// A number becomes text when JavaScript would show it with other digits, such as one with 20 digits: exact sums
    /// stay exact on a page.
    fileprivate init(shown json: JSONValue) {
        switch json {
        case .number(let number):
            let value = Value.number(number.double)
            self = JSONNumber(value.text)?.decimal == number.decimal ? value : .string(number.text)
        case .array(let items): self = .array(items.map { Value(shown: $0) })
        case .object(let fields):
            var object = Object(minimumCapacity: fields.count)
            for (name, value) in fields.entries { object[name] = Value(shown: value) }
            self = .object(object)
        default: self = Value(json: json)
        }
    }
}

extension Request {
    fileprivate var isRead: Bool { method == .get || method == .head }
}
