import EventLog

/// What a request for events asks for: from where, and which.
struct EventSubscription: Sendable {
    let start: StartPoint
    let filter: EventFilter

    /// Reads `after`, `since`, `topics` and `types` (comma separated, repeatable).
    ///
    /// - Parameter lastEventID: what an event stream resumes from; stands before `after`.
    init(_ query: Query, lastEventID: String? = nil) throws(Problem) {
        start = try Self.start(query, lastEventID)
        var topics: [TopicPattern] = []
        for text in query.list("topics") {
            guard let pattern = TopicPattern(text) else {
                throw .invalid("topics", "'\(text)' is not a topic pattern; write levels split by /, * for one and ** for the rest")
            }
            topics.append(pattern)
        }
        let types = query.list("types")
        guard topics.count <= EventFilter.maximumCount else {
            throw .invalid("topics", "there are \(topics.count) topics; the limit is \(EventFilter.maximumCount)")
        }
        guard types.count <= EventFilter.maximumCount else {
            throw .invalid("types", "there are \(types.count) types; the limit is \(EventFilter.maximumCount)")
        }
        filter = EventFilter(topics: topics, types: types)
    }

    init(start: StartPoint, filter: EventFilter) {
        self.start = start
        self.filter = filter
    }

    static func start(_ query: Query, _ lastEventID: String? = nil) throws(Problem) -> StartPoint {
        if let lastEventID, !lastEventID.isEmpty {
            guard let start = StartPoint(lastEventID) else {
                throw .invalid("Last-Event-ID", "'\(lastEventID)' is not a position of an event stream")
            }
            return start
        }
        if let text = query["after"] {
            guard query["since"] == nil else { throw .invalid("since", "give after or since, not both") }
            guard let start = StartPoint(text) else {
                throw .invalid("after", "'\(text)' is not an offset, logid:offset, start, live or -N (N up to \(StartPoint.maximumLast))")
            }
            return start
        }
        guard let text = query["since"] else { return .start }
        guard let time = Timestamp(text) else {
            throw .invalid("since", "'\(text)' is not a time; write 2026-01-02T03:04:05Z or seconds since 1970")
        }
        return .since(time)
    }
}
