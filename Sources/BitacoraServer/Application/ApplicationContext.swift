public import Commands
public import EventLog
public import Handlebars
public import Hummingbird
import Inspection
public import JSON
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
        guard let offset = receipt.offsets.first else {
            return CommandOutcome(offset: receipt.head, data: nil, isRepeated: false)
        }
        guard receipt.duplicates > 0 else {
            return CommandOutcome(offset: offset, data: decided.withLock { $0 }, isRepeated: false)
        }
        let data = try repeated(command, of: try event(at: offset), id: id ?? "")
        return CommandOutcome(offset: offset, data: data, isRepeated: true)
    }

    private func event(at offset: Offset) throws(Problem) -> Event {
        do throws(ReadError) {
            if let event = try log.event(at: offset) { return event }
        } catch {
            throw Problem(error)
        }
        throw Problem(ReadError.damaged(offset))
    }

    /// The data of the event that an earlier command of the same id was decided into.
    ///
    /// - Throws: 409 `id-conflict` when this command would not have been decided into the event: the id was then used
    ///   for something else, and the command must not seem to have succeeded.
    private func repeated(_ command: Command, of event: Event, id: String) throws(Problem) -> JSONValue {
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes) else {
            throw Problem(ReadError.damaged(event.offset))
        }
        guard commands.mayRepeat(command, of: event.type, data) else {
            throw Problem(
                .conflict, AppendError.Code.idConflict.rawValue,
                "id \(id) was already used for something else, at offset \(event.offset); use a new id", field: "id")
        }
        return data
    }
}

/// The result of an accepted command.
public struct CommandOutcome: Sendable {
    /// The offset of the command's first event; the head when nothing needed to change.
    public let offset: Offset
    /// The data of that event; nil when nothing needed to change.
    public let data: JSONValue?
    /// Whether the event is that of an earlier command with the same id.
    public let isRepeated: Bool
}

/// Decides commands: the part of an application that sockets use.
protocol CommandPerformer: Sendable {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome
}

extension ApplicationContext: CommandPerformer {}

/// Refuses every command, for a server without an application.
struct NoCommands: CommandPerformer {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome {
        throw Problem(
            Refusal(
                code: .unknownCommand,
                message:
                    "there is no command \"\(command.name.shortened)\"; this server runs without an application; append an event with POST /api/events"
            ))
    }
}

extension Query {
    /// Returns the parameter `limit`, the maximum number of entries of an answer: 1 to 10,000; 1,000 when it is absent.
    ///
    /// - Throws: `Problem` 400 for another value.
    public func limit() throws(Problem) -> Int { try EventListResponse.limit(self) }
}
