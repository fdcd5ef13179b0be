public import EventLog
public import JSON

/// One command of an application: its name, the type of its events, and the function that decides it.
///
/// ```swift
/// CommandDefinition<Orders>("order.place", event: "order.placed") { orders, command in
///     let id = try command.id("order")
///     guard orders.total[id] == nil else {
///         throw Refusal(code: .init("exists", .conflict), message: "order \(id) exists already", field: "order")
///     }
///     return [command.event(on: "orders/\(id)")]
/// }
/// ```
public struct CommandDefinition<State: Sendable>: Sendable {
    /// Decides a command against the newest state.
    ///
    /// The function runs on the log's writer thread, must be quick, and may run more than once for one command. An
    /// empty result means that nothing needs to change: the command succeeds and no event is appended.
    ///
    /// To refuse a command, the function throws a ``Refusal``. Any other error becomes a refusal with the code
    /// `invalid` and the description of the error.
    public typealias Decide = @Sendable (State, CommandFields) throws -> [DecidedEvent]

    /// Whether a command may be a repetition of the one that an event was decided from, given the event's data.
    public typealias Repeats = @Sendable (Command, JSONValue) -> Bool

    /// The name that clients send, such as `order.place`.
    public let name: String
    /// The type of the command's events. Clients cannot append events of this type themselves.
    public let event: String
    /// The HTTP method and address of the command, for error messages, such as `POST /api/orders`; nil when the command
    /// has no address.
    public let address: String?

    let decide: Decide
    let repeats: Repeats

    /// Defines a command.
    ///
    /// - Parameters:
    ///   - name: the name that clients send.
    ///   - event: the type of the command's events.
    ///   - address: the HTTP method and address of the command, for error messages.
    ///   - repeats: compares a command with the event of an earlier command of the same id. When the function returns
    ///     false, the id was used for something else, and the command is refused with `id-conflict`. The default
    ///     compares the command's data with the event's data.
    ///   - decide: decides the command.
    public init(
        _ name: String, event: String, address: String? = nil,
        repeats: @escaping Repeats = { command, data in command.data == data }, decide: @escaping Decide
    ) {
        self.name = name
        self.event = event
        self.address = address
        self.repeats = repeats
        self.decide = decide
    }
}

/// The commands of an application by their names.
public struct CommandTable<State: Sendable>: Sendable {
    /// The commands in the order in which they were defined.
    public let definitions: [CommandDefinition<State>]
    private let byName: [ExactText: CommandDefinition<State>]
    private let byEvent: [ExactText: CommandDefinition<State>]

    /// Makes a table of commands.
    ///
    /// - Precondition: no two definitions have the same name or the same event type.
    public init(_ definitions: [CommandDefinition<State>]) {
        self.definitions = definitions
        byName = Dictionary(definitions.map { (ExactText($0.name), $0) }) { first, _ in
            preconditionFailure("the command \(first.name) is defined twice")
        }
        byEvent = Dictionary(definitions.map { (ExactText($0.event), $0) }) { first, second in
            preconditionFailure("the commands \(first.name) and \(second.name) have the same event type \(first.event)")
        }
    }

    /// The names of the commands, in the order of their definitions.
    public var names: [String] { definitions.map(\.name) }

    /// The command whose events have a type; nil when no command has such events.
    public func command(forEvent type: String) -> CommandDefinition<State>? { byEvent[type] }

    /// Decides a command against a state.
    ///
    /// The state does not change: append the events, and apply them to the state once they have their offsets.
    ///
    /// - Parameters:
    ///   - command: the command.
    ///   - state: the newest state.
    ///   - time: the time that the events will have.
    /// - Returns: the events to append, in order; empty when nothing needs to change.
    /// - Throws: the first reason that was found to refuse the command.
    public func decide(_ command: Command, on state: State, at time: Timestamp) throws(Refusal) -> [DecidedEvent] {
        guard let definition = byName[command.name] else { throw unknown(command.name) }
        let fields = try CommandFields(command, eventType: definition.event, at: time)
        do {
            let events = try definition.decide(state, fields)
            // The projection parses the text of the data after a restart; deeper data would then be skipped.
            guard !events.contains(where: { $0.data.isDeeper(than: JSONValue.defaultMaximumDepth) }) else {
                throw Refusal(
                    code: .invalid,
                    message:
                        "the data of \(command.name) are nested too deep: an event can have \(JSONValue.defaultMaximumDepth) levels of arrays and objects"
                )
            }
            return events
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(code: .invalid, message: "\(error)")
        }
    }

    /// Whether a command may be a repetition of the one that an event was decided from.
    ///
    /// - Parameters:
    ///   - command: the command that was sent.
    ///   - type: the event's type.
    ///   - data: the event's data.
    public func mayRepeat(_ command: Command, of type: String, _ data: JSONValue) -> Bool {
        guard let definition = byName[command.name], definition.event.hasSameBytes(as: type) else { return false }
        return definition.repeats(command, data)
    }

    private func unknown(_ name: String) -> Refusal {
        if let definition = byEvent[name] {
            return Refusal(
                code: .decidedType,
                message: "\(name) is the type of an event, not a command; send the command \(definition.name) instead")
        }
        let known =
            names.isEmpty ? "this server has no commands" : "the commands are \(names.joined(separator: ", "))"
        return Refusal(code: .unknownCommand, message: "there is no command \"\(name.shortened)\"; \(known)")
    }
}
