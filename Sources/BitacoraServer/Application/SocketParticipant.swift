public import Commands
public import EventLog
import HTTPTypes
public import JSON
import NIOCore
public import SocketIO

/// What one Socket.IO socket does beyond receiving events and sending commands: rooms, drafts, presence.
///
/// `receive` may be called on any thread; the other functions are called on the event loop of the socket's connection.
/// None may block. Each function has a default that does nothing.
public protocol SocketParticipant: AnyObject, Sendable {
    /// Handles an event that the client sent.
    ///
    /// - Returns: the acknowledgement, sent if the client asked for one; nil when the event is a command, which the
    ///   server then performs.
    func receive(_ event: SocketEvent) -> Acknowledgement?

    /// Called when the client can be written to again: the socket has attached to a transport, or its output buffer has
    /// room again.
    ///
    /// Volatile packets that were sent before may have been dropped.
    func becameWritable()

    /// Called when every event up to an offset has been sent to the socket.
    ///
    /// The first call follows the history, each later call a batch of new events.
    func delivered(through offset: Offset)

    /// Called once, when the socket has left the namespace.
    func closed()
}

extension SocketParticipant {
    /// Handles no event.
    public func receive(_ event: SocketEvent) -> Acknowledgement? { nil }
    /// Does nothing.
    public func becameWritable() {}
    /// Does nothing.
    public func delivered(through offset: Offset) {}
    /// Does nothing.
    public func closed() {}
}

/// The acknowledgement of a command, or of a socket event that the application handles itself.
///
/// For a command it is `{"offset":17}`. For an error it is
/// `{"error":{"code":"missing","message":"…","field":"title"}}`, where `field` is absent when the error is not about
/// one field.
public struct Acknowledgement: Sendable {
    /// The object that the client gets.
    let fields: JSONObject

    /// Acknowledges with an object.
    public static func success(_ fields: JSONObject = JSONObject()) -> Acknowledgement {
        Acknowledgement(fields: fields)
    }

    /// Acknowledges with `{"error": {"code", "message", "field"?}}`.
    public static func failure(_ problem: Problem) -> Acknowledgement {
        var error: JSONObject = ["code": .string(problem.code), "message": .string(problem.detail)]
        if let field = problem.field { error["field"] = .string(field) }
        return Acknowledgement(fields: ["error": .object(error)])
    }

    /// Acknowledges with `{"error": {"code", "message", "field"?}}`.
    public static func failure(_ refusal: Refusal) -> Acknowledgement { failure(Problem(refusal)) }

    private init(fields: JSONObject) { self.fields = fields }

    /// The acknowledgement of a command.
    init(_ outcome: Result<CommandOutcome, Problem>) {
        switch outcome {
        case .success(let outcome): self.init(fields: ["offset": .number(JSONNumber(outcome.offset.rawValue))])
        case .failure(let problem): self = .failure(problem)
        }
    }

    /// The message on a plain WebSocket: `{"type":"ack","ref":1,"offset":17}`, or with `error` in place of `offset`.
    ///
    /// - Parameter reference: the `ref` of the client's message.
    func message(reference: JSONValue) -> ByteBuffer {
        var object: JSONObject = ["type": "ack", "ref": reference]
        for (name, value) in fields.entries { object[name] = value }
        return ByteBuffer(bytes: JSONValue.object(object).bytes)
    }
}

extension SocketEvent {
    /// The data of an event whose first argument is its data: JSON without attachments, or an empty object when the
    /// event has no argument.
    ///
    /// - Parameter maximumArguments: the maximum number of arguments.
    /// - Throws: `Problem` 400 for attachments, for more arguments, and for text that is not JSON.
    public func data(maximumArguments: Int = 1) throws(Problem) -> JSONValue {
        guard arguments.attachments.isEmpty else {
            throw .invalid("data", "the event has binary attachments, which are not supported; send the data as JSON")
        }
        guard arguments.count <= maximumArguments else {
            let expected = maximumArguments == 1 ? "one argument, the data" : "two arguments, the data and {id}"
            throw .invalid("command", "the event has \(arguments.count) arguments; send at most \(expected)")
        }
        return try json(at: 0) ?? .object(JSONObject())
    }

    /// The JSON of an argument; nil when there are fewer arguments.
    func json(at index: Int) throws(Problem) -> JSONValue? {
        guard let text = arguments.json(at: index) else { return nil }
        do throws(JSONError) {
            return try text.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw .invalid("command", "argument \(index + 1) is not JSON: \(error)")
        }
    }
}
