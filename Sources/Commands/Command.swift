public import EventLog
public import JSON

/// A request to change something, which is decided into events or refused.
public struct Command: Sendable, Equatable {
    /// The name of the command, such as `product.create`.
    public let name: String
    /// The fields of the command: an object.
    public let data: JSONValue
    /// The id of the socket that sent the command; nil when the command came another way.
    ///
    /// The server sets it. It is never read from `data`, so no client can act in the name of another socket.
    public var socket: String?
    /// The version that the changed object must still have; nil when any version is accepted.
    public var ifVersion: UInt64?

    /// Makes a command as it was received; nothing is checked before the command is decided.
    public init(name: String, data: JSONValue, socket: String? = nil, ifVersion: UInt64? = nil) {
        self.name = name
        self.data = data
        self.socket = socket
        self.ifVersion = ifVersion
    }
}

/// An event that a command was decided into and that has not been appended yet.
public struct DecidedEvent: Sendable, Equatable {
    /// The topic that the event belongs to.
    public let topic: String
    /// What happened, in the past tense: `product.created`.
    public let type: String
    /// The event's data.
    public let data: JSONValue

    /// Makes an event for `CommandDefinition.decide` to return.
    public init(topic: String, type: String, data: JSONValue) {
        self.topic = topic
        self.type = type
        self.data = data
    }
}

/// One command of an application: its name, the type of its events, and the function that decides it.
///
/// ```swift
/// CommandDefinition<Orders>("order.place", event: "order.placed") { orders, command in
///     let id = try command.id("order")
///     guard orders.total[id] == nil else {
///         throw Refusal(code: .init("exists", .conflict), message: "order \(id) was placed before", field: "order")
///     }
///     return [DecidedEvent(topic: "orders/\(id)", type: "order.placed", data: .object(command.object))]
/// }
/// ```
public struct CommandDefinition<State: Sendable>: Sendable {
    /// Decides a command against the newest state.
    ///
    /// It runs on the log's writer thread, must be quick, and may run more than once for one command. An empty result
    /// means that nothing needs to change: the command succeeds and no event is appended.
    ///
    /// To refuse a command it throws a `Refusal`. Any other error is a refusal with the code `invalid` and the
    /// description of the error.
    public typealias Decide = @Sendable (State, CommandFields) throws -> [DecidedEvent]

    /// Whether a command may be a repetition of the one that an event came from, given the event's data.
    public typealias Repeats = @Sendable (Command, JSONValue) -> Bool

    /// The name that clients send, such as `order.place`.
    public let name: String
    /// The type of the events that the command is decided into. Clients cannot append events of this type themselves.
    public let event: String
    /// The HTTP method and address of the command, for error messages, such as `POST /api/orders`; nil when it has none.
    public let address: String?

    let decide: Decide
    let repeats: Repeats

    /// - Parameters:
    ///   - repeats: compares a command with the event of an earlier command of the same id. When it returns false, the
    ///     id was used for something else, and the command is refused with `id-conflict`. The default accepts data that
    ///     equals the event's data.
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
    private let byName: [String: CommandDefinition<State>]
    private let byEvent: [String: CommandDefinition<State>]

    /// - Precondition: no two definitions have the same name or the same event type.
    public init(_ definitions: [CommandDefinition<State>]) {
        self.definitions = definitions
        byName = Dictionary(definitions.map { ($0.name, $0) }) { first, _ in
            preconditionFailure("the command \(first.name) is defined twice")
        }
        byEvent = Dictionary(definitions.map { ($0.event, $0) }) { first, second in
            preconditionFailure("the commands \(first.name) and \(second.name) have the same event type \(first.event)")
        }
    }

    /// The names of the commands, in the order of their definitions.
    public var names: [String] { definitions.map(\.name) }

    /// The command that is decided into events of a type; nil when no command is.
    public func command(forEvent type: String) -> CommandDefinition<State>? { byEvent[type] }

    /// Decides a command against a state.
    ///
    /// The state does not change: append the events, and fold them once they have their offsets.
    ///
    /// - Parameter time: the time that the events will have.
    /// - Returns: the events to append, in order; empty when nothing needs to change.
    /// - Throws: why the command is refused; of several reasons, the first found.
    public func decide(_ command: Command, on state: State, at time: Timestamp) throws(Refusal) -> [DecidedEvent] {
        guard let definition = byName[command.name] else { throw unknown(command.name) }
        let fields = try CommandFields(command, at: time)
        do {
            return try definition.decide(state, fields)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(code: .invalid, message: "\(error)")
        }
    }

    /// Whether a command asks for what an event says was done, so that it may be a repetition of the command that the
    /// event came from.
    ///
    /// - Parameters:
    ///   - type: the event's type.
    ///   - data: the event's data.
    public func mayRepeat(_ command: Command, of type: String, _ data: JSONValue) -> Bool {
        guard let definition = byName[command.name], definition.event == type else { return false }
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
