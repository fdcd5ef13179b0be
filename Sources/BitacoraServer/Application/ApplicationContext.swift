public import Commands
public import EventLog
public import Handlebars
public import Hummingbird
import Inspection
import JSON
public import Logging
import NIOPosix
import Synchronization

/// The running server, as its application uses it: the log, the state, the commands and the templates.
public struct ApplicationContext<Source: Projection>: Sendable {
    /// The log.
    public let log: EventLog
    /// The templates of the application and the server.
    public let views: ViewEngine
    /// The origins of other sites whose pictures the pages may load.
    public let imageOrigins: ImageOrigins
    /// Whether templates may change while the server runs, so that rendered pages must not be kept.
    public let isDevelopment: Bool
    /// Where services log.
    public let logger: Logger

    let projector: Projector<Source>
    let history: StateHistory<Source>
    let commands: CommandTable<Source.State>
    let stateLimiter: ConcurrencyLimiter
    let eventReader: EventListReader

    /// The newest durable state, with the offset of its last event.
    public var current: Projector<Source>.Value { projector.value }

    /// The newest durable state.
    public var state: Source.State { projector.value.state }

    /// Returns the state as of an offset.
    ///
    /// May read and fold a part of the log, on another thread. A limited number of past states are computed at once.
    ///
    /// - Parameter offset: from `log.first.previous` to the offset of `current`.
    /// - Throws: `Problem`: 404 for another offset, 503 `busy` when too many requests for past states wait, 410 when
    ///   events were trimmed or one is damaged.
    public func state(at offset: Offset) async throws -> Source.State {
        try StateOffset.check(offset, field: nil, in: log, head: current.offset)
        do {
            return try await stateLimiter.run { [history] in try history.state(at: offset) }
        } catch let error as ReadError {
            throw Problem(noStateAt: "\(offset)", error)
        }
    }

    /// Returns the offset that a parameter of a request names.
    ///
    /// - Parameters:
    ///   - text: an offset, a time, or an age such as `2h`.
    ///   - field: the name of the parameter, for the error.
    /// - Throws: `Problem`: 400 for other text, 404 for an offset that has no state.
    public func offset(_ text: String, field: String) throws(Problem) -> Offset {
        try StateOffset.parse(text, field: field, in: log, head: current.offset)
    }

    /// Returns the newest events before an offset that match a filter, the newest first. Damaged events are skipped.
    ///
    /// Reads on another thread, since many events may have to be examined.
    ///
    /// - Parameters:
    ///   - end: the offset after the last event that may be returned.
    ///   - filter: the topics and types of the events.
    ///   - limit: the maximum number of events, 1 or more.
    /// - Throws: `Problem`: 503 or 500 when the log cannot be read.
    public func events(before end: Offset, _ filter: EventFilter, limit: Int) async throws -> [Event] {
        do {
            return try await NIOThreadPool.singleton.runIfActive { [log] in
                var offsets: [Offset] = []
                try LogReader(log, EventSelection(filter: filter), damage: Damage()).visitBackward(end: end.previous) {
                    offsets.append($0)
                    return offsets.count < limit
                }
                return try offsets.compactMap { try log.event(at: $0) }
            }
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    /// Answers a request for events as `GET /api/events` does, with the parameters `after`, `since` and `limit`.
    ///
    /// - Parameters:
    ///   - request: the request, with the parameters in its query.
    ///   - context: the context of the request.
    ///   - filter: which events are returned.
    ///   - name: the field of the answer that holds the events.
    /// - Throws: `Problem`: 400 for a parameter that is not valid, 503 or 500 when the log cannot be read.
    public func listEvents(
        _ request: Request, _ context: ServerContext, _ filter: EventFilter, named name: StaticString
    ) async throws -> Response {
        let query = request.query
        try query.rejectMisspellings(of: ["after", "since", "limit"])
        let subscription = EventSubscription(start: try EventSubscription.start(query), filter: filter)
        let list = try await eventReader.begin(
            subscription, limit: try EventListResponse.limit(query), for: context.client)
        return list.response(listName: name, eventReader.limiter)
    }

    /// Decides a command in the log's order and appends its events, all or none.
    ///
    /// - Parameters:
    ///   - command: the command, with one of the names that the application defines.
    ///   - id: makes a retry safe: a command with the id of an accepted command is not decided again.
    ///   - source: where the command came from, such as `form`; stored with its events.
    /// - Returns: the first event of the command, which has the command's id. It is durable, and part of `state`.
    /// - Throws: `Problem` with the refusal, or with the reason why nothing could be appended.
    public func perform(
        _ command: Command, id: String? = nil, source: String
    ) async throws(Problem) -> CommandOutcome {
        let decided = Mutex<JSONValue?>(nil)
        let receipt: Receipt
        do throws(CommandError<Refusal>) {
            receipt = try await projector.append(id: id, bytes: 1024 + command.data.bytes.count) {
                [commands] state, time throws(Refusal) in
                let events = try commands.decide(command, on: state, at: time)
                decided.withLock { $0 = events.first?.data }
                return events.map { decided in
                    var event = NewEvent(
                        topic: decided.topic, type: decided.type, source: source, data: .json(decided.data.bytes))
                    event.parsed = ParsedData(decided.data)
                    return event
                }
            }
        } catch {
            throw Problem(error)
        }
        return try CommandOutcome(receipt, decided: decided.withLock { $0 }, id: id, in: log) {
            [commands] event, data in
            commands.mayRepeat(command, of: event.type, data)
        }
    }
}

extension ApplicationContext: CommandPerformer {}

extension Query {
    /// Returns the parameter `limit`, the maximum number of entries of an answer: 1 to 10,000; 1,000 when it is absent.
    ///
    /// - Throws: `Problem` 400 for another value.
    public func limit() throws(Problem) -> Int { try EventListResponse.limit(self) }
}
