public import EventLog
public import JSON

/// A request to change something, which is decided into events or refused.
public struct Command: Sendable, Equatable {
    /// The name of the command, such as `product.create`.
    public let name: String
    /// The fields of the command: an object.
    public let data: JSONValue
    /// The id of the socket that sent the command; nil for a command that was not sent over Socket.IO or a WebSocket.
    ///
    /// The server sets the id. It is never read from `data`, so no client can send a command as another socket.
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

    /// Makes an event. A decision makes its events with ``CommandFields/event(on:_:)``, which sets the type.
    public init(topic: String, type: String, data: JSONValue) {
        self.topic = topic
        self.type = type
        self.data = data
    }
}

/// A command whose data are an object, as a decision reads it: with the time of its events, and checks of its fields.
public struct CommandFields: Sendable {
    /// The command as it was received.
    public let command: Command
    /// The command's data.
    public let object: JSONObject
    /// The time that the events of the command will have.
    public let time: Timestamp

    private let eventType: String
    private static let idRule = FieldRule<Int>.integer(1...Int.max)

    /// - Parameter eventType: the type of the command's events.
    /// - Throws: `invalid` when the data of the command are not an object.
    init(_ command: Command, eventType: String, at time: Timestamp) throws(Refusal) {
        guard let object = command.data.object else {
            throw .notAnObject(command.data, of: command.name)
        }
        self.command = command
        self.object = object
        self.time = time
        self.eventType = eventType
    }

    /// Makes an event of the type that the command's definition names.
    ///
    /// - Parameters:
    ///   - topic: the topic that the event is appended to.
    ///   - data: the event's data; nil for the data of the command.
    public func event(on topic: String, _ data: JSONObject? = nil) -> DecidedEvent {
        DecidedEvent(topic: topic, type: eventType, data: .object(data ?? object))
    }

    /// Refuses the first field that is not among `names`.
    ///
    /// - Throws: `unknown-field`; the message lists the fields that the command has.
    public func refuseFields(besides names: [String]) throws(Refusal) {
        try object.refuseFields(besides: names, of: command.name)
    }

    /// Refuses `ifVersion`, for a command that creates an object: a new object has no version yet.
    ///
    /// - Throws: `invalid`.
    public func refuseVersion() throws(Refusal) {
        guard let version = command.ifVersion else { return }
        throw Refusal(
            code: .invalid,
            message: "\(command.name) creates an object, which has no version yet; "
                + "send the command without version \(version)")
    }

    /// Returns the value of a required field that holds an id: a whole number from 1.
    ///
    /// - Throws: `missing` or `invalid` with the field.
    public func id(_ field: String) throws(Refusal) -> Int {
        guard let json = object[field] else { throw .missing(field, mustBe: Self.idRule.expectation) }
        do throws(Mismatch) {
            return try Self.idRule.read(json)
        } catch {
            throw .invalid(field, mustBe: Self.idRule.expectation, found: error.found)
        }
    }
}
