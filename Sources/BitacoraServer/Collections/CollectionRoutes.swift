import EventLog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import KeyedRows
import NIOCore

/// `/api/collections` as plain HTTP: the list of the collections, their rows, and one row.
///
/// Requests for event streams and WebSockets on the address of a collection do not reach these routes: `RealtimeRouter`
/// handles them.
struct CollectionRoutes: Sendable {
    /// A page ends with the row that makes its rows this many bytes or more.
    static let maximumBytes = 8 << 20

    let log: EventLog
    /// Nil when the application is not a folder: there are no collections.
    let application: DeclaredApplication?
    /// The live readers; nil when there are no collections.
    let feeds: CollectionFeeds?
    /// Limits how many searches for rows run at once.
    let limiter: ConcurrencyLimiter

    func add(to routes: inout Routes) {
        routes.add("/api/collections", [.get: { request, _ in try list(request) }])
        for path in ["/api/collections/{name}", "/api/collections/{name}/**"] {
            routes.add(path, [.get: { request, _ in try await show(request) }])
        }
    }

    // MARK: The list

    /// Answers `{"collections":[{"name","fields","count","offset","startedAfter","skipped"}],"live":{…}}`, in the order of
    /// the definition; without `live` when the application has no collections.
    ///
    /// - Throws: `Problem` 400 for `at`: there is no list of a past moment.
    private func list(_ request: Request) throws(Problem) -> Response {
        guard StateOffset.requested(request.query) == nil else {
            throw .invalid(
                "at", "the list of collections has no past; ask for the rows of one: /api/collections/NAME?at=")
        }
        let version = application?.version
        let collections = version?.collectionNames.compactMap { version?.collections[$0] } ?? []
        var json: JSONObject = ["collections": .array(collections.map(Self.entry))]
        json["live"] = feeds.map(Self.liveReaders)
        return .tagged(JSONValue.object(json).bytes, "application/json", request)
    }

    /// `{"readers","queries","encodedMessages"}`: the live readers of all collections, and how many messages were encoded
    /// for live readers since the start of the server.
    private static func liveReaders(_ feeds: CollectionFeeds) -> JSONValue {
        [
            "readers": .number(JSONNumber(feeds.reservations.readerCount)),
            "queries": .number(JSONNumber(feeds.reservations.queryCount)),
            "encodedMessages": .number(JSONNumber(feeds.encodedMessages)),
        ]
    }

    private static func entry(_ collection: ServedCollection) -> JSONValue {
        let (state, offset) = collection.current
        let skipped = collection.skipped.sorted { $0.key < $1.key }
        return [
            "name": .string(collection.name), "fields": .array(state.fields.map { .string($0) }),
            "count": .number(JSONNumber(state.count)), "offset": .number(JSONNumber(offset.rawValue)),
            "startedAfter": .number(JSONNumber(collection.startedAfter.rawValue)),
            "skipped": .object(JSONObject(skipped.map { ($0.key, .number(JSONNumber($0.value))) })),
        ]
    }

    // MARK: Rows

    private func show(_ request: Request) async throws -> Response {
        switch CollectionPath(request.uri.path) {
        case .collection(let name): try await page(request, of: try collection(name))
        case .row(let name, let key): try await row(request, key, of: try collection(name))
        case nil: throw Problem.notFound
        }
    }

    private func collection(_ name: String) throws(Problem) -> ServedCollection {
        guard let application else { throw .noCollection(name, known: []) }
        return try application.existing(name)
    }

    /// Answers `{"rows":[{"key","value"}],"next":CURSOR|null,"total":N,"offset":N,"position":"LOGID:OFFSET"}`.
    ///
    /// - Throws: `Problem`: 400 for parameters that are not valid, 404 and 410 for an `at` without a state, 503 `busy` when
    ///   too many requests wait.
    private func page(_ request: Request, of collection: ServedCollection) async throws -> Response {
        let query = request.query
        var rows = try RowParameters.selection(query, others: RowParameters.pageNames, of: collection.current.state)
        rows.limit = rows.limit ?? RowParameters.defaultLimit
        let cursor = try query["after"].map { (text) throws(Problem) in
            guard let cursor = RowCursor(text, for: rows.sort, of: collection.name) else {
                throw .invalid(
                    "after",
                    "'\(text.prefix(64))' is not a cursor of these rows; send the text of next from an answer of this collection with the same sort, or start without after"
                )
            }
            return cursor
        }
        let (state, offset) = try await state(of: collection, at: StateOffset.requested(query))
        let tag = tag(of: collection, state.lastChange)
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        let position = Position(log: log.id, offset: offset)
        let selection = rows
        let body = try await limiter.run {
            Self.body(of: state, selection, after: cursor, position, maximumBytes: Self.maximumBytes)
        }
        return Self.response(body, tag)
    }

    /// The rows of a page as JSON.
    ///
    /// - Parameter maximumBytes: a page ends with the row that makes its rows this many bytes or more.
    static func body(
        of state: CollectionState, _ query: RowQuery, after cursor: RowCursor?, _ position: Position, maximumBytes: Int
    ) -> [UInt8] {
        let writer = RowWriter(state)
        let page = state.page(query, after: cursor)
        var output = Array(#"{"rows":["#.utf8)
        var (written, next) = (0, page.next)
        for row in page.rows {
            if written > 0 { output.append(UInt8(ascii: ",")) }
            writer.write(row, into: &output)
            written += 1
            guard output.count >= maximumBytes, written < page.rows.count else { continue }
            var shorter = query
            shorter.limit = written
            next = state.page(shorter, after: cursor).next
            break
        }
        output.append(contentsOf: #"],"next":"#.utf8)
        (next.map { .string($0.description) } ?? JSONValue.null).write(into: &output)
        output.append(
            contentsOf: #","total":\#(page.total),"offset":\#(position.offset),"position":"\#(position)"}"#.utf8)
        return output
    }

    /// Answers `{"key","value","changed":OFFSET,"offset":OFFSET,"position":"LOGID:OFFSET"}`.
    private func row(_ request: Request, _ key: String, of collection: ServedCollection) async throws -> Response {
        let query = request.query
        try RowParameters.checkRow(query)
        let moment = StateOffset.requested(query)
        let (state, offset) = try await state(of: collection, at: moment)
        guard let row = RowKey(key).flatMap(state.row) else {
            throw state.noRow(key, at: moment.map { _ in offset })
        }
        let tag = tag(of: collection, row.changed)
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var body: [UInt8] = []
        RowWriter(state).write(row, into: &body)
        body.removeLast()
        body.append(
            contentsOf:
                #","changed":\#(row.changed),"offset":\#(offset),"position":"\#(Position(log: log.id, offset: offset))"}"#
                .utf8)
        return Self.response(body, tag)
    }

    private func state(
        of collection: ServedCollection, at moment: String?
    ) async throws -> (state: CollectionState, offset: Offset) {
        let current = collection.current
        guard let moment else { return current }
        let offset = try StateOffset.parse(moment, field: "at", in: log, head: current.offset)
        return offset == current.offset ? current : (try await collection.state(at: offset), offset)
    }

    /// The tag of rows or of a row that changed last at an offset.
    ///
    /// The tag is weak: a later answer with the same rows has another `offset`.
    private func tag(of collection: ServedCollection, _ changed: Offset) -> String {
        let version = "\(log.id)-\(collection.definition)-\(collection.startedAfter)-\(changed)"
        return EntityTags.weak(EntityTags.strong(ofContent: Array(version.utf8)))
    }

    private static func response(_ body: [UInt8], _ tag: String) -> Response {
        var response = Response.json(ByteBuffer(bytes: body))
        response.headers[.eTag] = tag
        return response
    }
}
