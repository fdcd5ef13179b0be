public import Commands
import DequeModule
import EventLog
import HTTPTypes
import Inspection
public import JSON
import NIOCore
public import SocketIO
import Synchronization

/// One socket of a namespace of the log: events out of it, commands into it.
///
/// Moves with its connection from one event loop to another, and with it the
/// offset from which the hub there goes on.
final class LogSocket: SocketBackend, Subscriber.Connection {
    private let delivery: Delivery
    private let filter: EventFilter
    private let namespace: String
    private let hasPositions: Bool
    private let start: StartPoint
    /// What the application adds to the socket.
    private let participant: (any SocketParticipant)?
    /// Nil while there is no outlet.
    private var outlet: SocketOutlet?
    /// The last one, which has the offset to go on from.
    private var subscriber: Subscriber?

    /// - Parameters:
    ///   - start: what the client has.
    ///   - hasPositions: whether each event ends with its position.
    init(
        socket: Socket, commands: any CommandPerformer, delivery: Delivery, filter: EventFilter, start: StartPoint,
        hasPositions: Bool, participant: (any SocketParticipant)? = nil
    ) {
        let commands = SocketCommands(socket: socket, commands: commands, participant: participant)
        socket.onAny { event in await commands.receive(event) }
        namespace = socket.namespace.name
        self.delivery = delivery
        self.filter = filter
        self.start = start
        self.hasPositions = hasPositions
        self.participant = participant
    }

    private func hub(_ outlet: SocketOutlet) -> Hub { delivery.hub(of: outlet.loop) }

    // MARK: The socket's side

    func attached(_ outlet: SocketOutlet) {
        self.outlet = outlet
        let form = SocketIOForm(transport: outlet.transport, namespace: namespace, hasPositions: hasPositions)
        let earlier = subscriber
        let subscriber = Subscriber(kind: ChunkKind(filter: filter, encoding: .socketIO(form)), connection: self)
        self.subscriber = subscriber
        if let earlier, earlier.hasBegun {
            subscriber.isReplayed = earlier.isReplayed
            hub(outlet).add(subscriber, at: ResolvedStart(after: earlier.offset))
        } else {
            hub(outlet).add(subscriber, from: start)
        }
        // Nothing could be written to it while it moved.
        participant?.becameWritable()
    }

    func detached() {
        guard let outlet, let subscriber else { return }
        self.outlet = nil
        hub(outlet).remove(subscriber)
    }

    func writabilityChanged() {
        guard let outlet, let subscriber, outlet.isWritable else { return }
        hub(outlet).becameWritable(subscriber)
        participant?.becameWritable()
    }

    func closed(_ reason: DisconnectReason) {
        detached()
        participant?.closed()
    }

    // MARK: The hub's side

    var isWritable: Bool { outlet?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        guard let outlet else { return }
        outlet.write(bytes)
        if let participant, let subscriber, subscriber.isReplayed {
            participant.delivered(through: hub(outlet).given(subscriber))
        }
    }

    func fail(_ error: ReadError) { outlet?.close(.forcedClose) }
}

/// The commands of one Socket.IO socket: events such as
/// `emit("product.create", data, {id}, answer)`.
///
/// The answer is `{"offset":17}` or `{"error":{"code","message","field"?}}`.
/// Commands are decided, and answered, in the order in which they came.
final class SocketCommands: Sendable {
    /// How many may wait for the log. With more, the events of the socket wait,
    /// and in the end the client is not read.
    static let maximumCommands = 64

    private struct Answer {
        let id: UInt64
        let json: [UInt8]
    }

    private let socket: Socket
    private let commands: any CommandPerformer
    /// Handles the application's own events.
    private let participant: (any SocketParticipant)?
    private let underWay = Mutex<Deque<Task<Void, Never>>>([])
    private let answers = Mutex(AnswerSequence<Answer>())

    init(socket: Socket, commands: any CommandPerformer, participant: (any SocketParticipant)? = nil) {
        self.socket = socket
        self.commands = commands
        self.participant = participant
    }

    /// Takes a command; its answer goes out by itself, if the client asked for one.
    ///
    /// To be called for one after the other, as the socket does.
    func receive(_ event: SocketEvent) async {
        await waitForRoom()
        let place = event.id.map { _ in reserve() }
        // Runs up to its first wait now, so that the command has its place in the log's order before the next one is read.
        let task = Task.immediate {
            let fields = await perform(event)
            if let id = event.id, let place { answer(id, fields, at: place) }
        }
        underWay.withLock { $0.append(task) }
    }

    private func waitForRoom() async {
        while let oldest = underWay.withLock({ $0.count < Self.maximumCommands ? nil : $0.popFirst() }) {
            await oldest.value
        }
    }

    /// Commands are decided on the writer's thread, many of them in one commit.
    ///
    /// - Returns: the fields of the answer.
    private func perform(_ event: SocketEvent) async -> JSONObject {
        if let answer = participant?.receive(event) { return answer.fields }
        do throws(Problem) {
            let (command, id) = try Self.command(event, socket: socket.id)
            return Acknowledgement.fields(.success(try await commands.perform(command, id: id, source: "socketio")))
        } catch {
            return Acknowledgement.fields(.failure(error))
        }
    }

    private func reserve() -> AnswerSequence<Answer>.Place { answers.withLock { $0.reserve() } }

    private func answer(_ id: UInt64, _ fields: JSONObject, at place: AnswerSequence<Answer>.Place) {
        let answer = Answer(id: id, json: JSONValue.array([.object(fields)]).bytes)
        // Inside the lock: two tasks could otherwise send their answers in the wrong order.
        answers.withLock { answers in
            for answer in answers.fill(place, with: answer) { socket.acknowledge(answer.id, answer.json) }
        }
    }

    /// - Returns: the command, and the id that makes a retry safe.
    private static func command(_ event: SocketEvent, socket: String) throws(Problem) -> (Command, id: String?) {
        let data = try event.data(maximumArguments: 2)
        let id = try id(in: try event.json(at: 1) ?? .null)
        return (Command(name: event.name, data: data, socket: socket), id)
    }

    private static func id(in options: JSONValue) throws(Problem) -> String? {
        guard !options.isNull else { return nil }
        guard let object = options.object, object.keys.allSatisfy({ $0 == "id" }) else {
            throw .invalid("id", "what follows a command's data is {id: \"…\"} and nothing else")
        }
        guard let id = object["id"], !id.isNull else { return nil }
        guard let text = id.string else { throw .invalid("id", "id must be a string") }
        return text
    }
}

extension SocketEvent {
    /// The data of an event whose first argument are its data: JSON without attachments, an empty object when the event
    /// has no argument.
    ///
    /// - Parameter maximumArguments: how many arguments the event may have.
    /// - Throws: `Problem` 400 for attachments, and for more arguments.
    public func data(maximumArguments: Int = 1) throws(Problem) -> JSONValue {
        guard arguments.attachments.isEmpty else {
            throw .invalid("data", "the data of a command are JSON; attachments are not supported")
        }
        guard arguments.count <= maximumArguments else {
            let rule =
                maximumArguments == 1 ? "the event has one argument, its data" : "a command has its data and {id}"
            throw .invalid("command", "\(rule); \(arguments.count) arguments were sent")
        }
        return try json(at: 0) ?? .object(JSONObject())
    }

    /// The JSON of an argument; nil when there are fewer arguments.
    fileprivate func json(at position: Int) throws(Problem) -> JSONValue? {
        guard let text = arguments.json(at: position) else { return nil }
        do throws(JSONError) {
            return try text.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw .invalid("command", "argument \(position + 1) is not JSON: \(error)")
        }
    }
}

/// The acknowledgement of an event that an application handles itself.
public struct SocketAnswer: Sendable {
    /// The object that the client is sent.
    let fields: JSONObject

    /// Acknowledges with an object.
    public static func success(_ fields: JSONObject = JSONObject()) -> SocketAnswer { SocketAnswer(fields: fields) }

    /// Acknowledges with `{"error": {"code", "message", "field"?}}`.
    public static func failure(_ problem: Problem) -> SocketAnswer {
        SocketAnswer(fields: Acknowledgement.fields(.failure(problem)))
    }

    /// Acknowledges with `{"error": {"code", "message", "field"?}}`.
    public static func failure(_ refusal: Refusal) -> SocketAnswer { failure(Problem(refusal)) }
}
