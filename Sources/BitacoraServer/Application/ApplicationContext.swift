public import Commands
public import EventLog
public import Handlebars
public import Hummingbird
import Inspection
public import JSON
public import Logging
import NIOPosix
import Synchronization

/// What a running server gives its application: the log, the state, the commands and the templates.
public struct ApplicationContext<Source: Projection>: Sendable {
    /// The log.
    public let log: EventLog
    /// The templates of the application and the server.
    public let views: ViewEngine
    /// The origins of other sites whose pictures the pages may load.
    public let images: ImageOrigins
    /// Whether templates may change while the server runs, so that rendered pages must not be kept.
    public let isDevelopment: Bool
    /// Where services report.
    public let logger: Logger

    let projector: Projector<Source>
    let history: StateHistory<Source>
    let commands: CommandTable<Source.State>
    let folds: WorkGate
    let eventPages: EventPages

    /// The newest durable state, with its offset.
    public var current: Projector<Source>.Value { projector.value }

    /// The newest durable state.
    public var state: Source.State { projector.value.state }

    /// The state as of an offset.
    ///
    /// May fold a part of the log, on another thread; a limited number of folds run at once.
    ///
    /// - Parameter offset: from `log.first.previous` to the offset of `current`.
    /// - Throws: `Problem`: 503 `busy` when too many folds wait, 410 when events were trimmed, 500 for a damaged log.
    public func state(at offset: Offset) async throws -> Source.State {
        do {
            return try await folds.run { [history] in try history.state(at: offset) }
        } catch let error as ReadError {
            throw Problem(error)
        }
    }

    /// The offset that a request names, as an offset or as a time, an age such as `2h` included.
    ///
    /// - Parameter field: the name of the parameter, for the error.
    /// - Throws: `Problem`: 400 for text that is neither, 404 for an offset that the log has no state of.
    public func offset(_ text: String, field: String) throws(Problem) -> Offset {
        try StateOffset.parse(text, field: field, in: log, head: current.offset)
    }

    /// The newest events before an offset that match a filter, the newest first; damaged events are skipped.
    ///
    /// Runs on another thread: events that do not match may lie between the ones that do.
    ///
    /// - Parameter limit: the most events that are returned.
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

    /// Answers a request for events as `GET /api/events` does, with `after`, `since` and `limit`.
    ///
    /// - Parameters:
    ///   - filter: the events that are answered.
    ///   - name: the field of the answer that has the events.
    public func listEvents(
        _ request: Request, _ context: ServerContext, _ filter: EventFilter, named name: StaticString
    ) async throws -> Response {
        let query = request.query
        try query.checkNames(["after", "since", "limit"])
        let subscription = EventSubscription(start: try EventSubscription.start(query), filter: filter)
        let page = try await eventPages.begin(subscription, limit: try EventPage.limit(query), for: context.client)
        return page.response(listName: name, eventPages.turns)
    }

    /// Decides a command in the log's order and appends its events.
    ///
    /// - Parameters:
    ///   - id: makes a retry safe: a command with the id of an accepted command is not decided again.
    ///   - source: where the command came from; stored with its events.
    /// - Returns: the last event of the command, durable.
    /// - Throws: the refusal, or why nothing could be appended.
    public func perform(
        _ command: Command, id: String? = nil, source: String
    ) async throws(Problem) -> CommandOutcome {
        let decided = Mutex<JSONValue?>(nil)
        let receipt: Receipt
        do throws(CommandError<Refusal>) {
            receipt = try await projector.append(id: id, bytes: 1024 + command.data.bytes.count) {
                [commands] state, time throws(Refusal) in
                let events = try commands.decide(command, on: state, at: time)
                decided.withLock { $0 = events.last?.data }
                return events.map {
                    NewEvent(topic: $0.topic, type: $0.type, source: source, data: .json($0.data.bytes))
                }
            }
        } catch {
            throw Problem(error)
        }
        guard let offset = receipt.offsets.last else {
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
    /// - Throws: 409 `id-conflict` when the event is not one that this command would have been decided into: an id that
    ///   was used for something else must not look like success.
    private func repeated(_ command: Command, of event: Event, id: String) throws(Problem) -> JSONValue {
        guard case .json(let bytes) = event.data, let data = try? JSONValue(parsing: bytes) else {
            throw Problem(ReadError.damaged(event.offset))
        }
        guard commands.mayRepeat(command, of: event.type, data) else {
            throw Problem(
                .conflict, AppendError.Code.idConflict.rawValue,
                "id \(id) was used for something else, at offset \(event.offset); use a new id", field: "id")
        }
        return data
    }
}

/// The result of an accepted command.
public struct CommandOutcome: Sendable {
    /// The offset of the command's last event; the head when nothing needed to change.
    public let offset: Offset
    /// The data of that event; nil when nothing needed to change.
    public let data: JSONValue?
    /// Whether an earlier command of the same id was decided into the event.
    public let isRepeated: Bool
}

/// Decides commands; what sockets need to know of an application.
protocol CommandPerformer: Sendable {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome
}

extension ApplicationContext: CommandPerformer {}

/// Refuses every command: the server runs without an application.
struct NoCommands: CommandPerformer {
    func perform(_ command: Command, id: String?, source: String) async throws(Problem) -> CommandOutcome {
        throw Problem(
            Refusal(
                code: .unknownCommand,
                message: "there is no command \"\(command.name.shortened)\"; this server runs without an application"))
    }
}

extension Query {
    /// The parameter `limit`: how many entries a page of an answer has, 1 to 10,000; 1,000 without it.
    ///
    /// - Throws: `Problem` 400 for anything else.
    public func limit() throws(Problem) -> Int { try EventPage.limit(self) }
}
