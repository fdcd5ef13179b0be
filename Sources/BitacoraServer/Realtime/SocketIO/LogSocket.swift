import Commands
import DequeModule
import EventLog
import HTTPTypes
import Inspection
import JSON
import NIOCore
import SocketIO
import Synchronization

/// One socket of a namespace of the log: events are delivered to it, and commands are received from it.
///
/// Belongs to the event loop of the socket's connection, and moves with the connection to another loop. The delivery
/// then continues at the hub of that loop, after the last event that was delivered.
final class LogSocket: SocketBackend, Subscriber.Connection {
    private let delivery: Delivery
    private let filter: EventFilter
    private let namespace: String
    private let hasPositions: Bool
    private let start: StartPoint
    /// What the application adds to the socket.
    private let participant: (any SocketParticipant)?
    /// Writes to the connection; nil while the socket is not attached to a transport.
    private var outlet: SocketOutlet?
    /// The newest subscriber. After the socket was detached it has the offset at which the delivery continues.
    private var subscriber: Subscriber?

    /// - Parameters:
    ///   - start: where the delivery begins.
    ///   - hasPositions: whether each event ends with its position.
    init(
        socket: Socket, commands: any CommandPerformer, delivery: Delivery, filter: EventFilter, start: StartPoint,
        hasPositions: Bool, participant: (any SocketParticipant)? = nil
    ) {
        let handler = SocketCommandHandler(socket: socket, commands: commands, participant: participant)
        socket.onAny { event in await handler.receive(event) }
        namespace = socket.namespace.name
        self.delivery = delivery
        self.filter = filter
        self.start = start
        self.hasPositions = hasPositions
        self.participant = participant
    }

    // MARK: SocketBackend

    func attached(_ outlet: SocketOutlet) {
        self.outlet = outlet
        let format = SocketIOFormat(transport: outlet.transport, namespace: namespace, hasPositions: hasPositions)
        let earlier = subscriber
        let subscriber = Subscriber(
            kind: ChunkKind(filter: filter, encoding: .socketIO(format)), connection: self,
            hub: delivery.hub(of: outlet.loop))
        self.subscriber = subscriber
        if let earlier {
            subscriber.begin(after: earlier, or: start)
        } else {
            subscriber.begin(from: start)
        }
        // Nothing could be written while the socket was detached.
        participant?.becameWritable()
    }

    func detached() {
        guard outlet != nil, let subscriber else { return }
        outlet = nil
        subscriber.end()
    }

    func writabilityChanged() {
        guard let outlet, let subscriber, outlet.isWritable else { return }
        subscriber.becameWritable()
        participant?.becameWritable()
    }

    func closed(_ reason: DisconnectReason) {
        detached()
        participant?.closed()
    }

    // MARK: Subscriber.Connection

    var isWritable: Bool { outlet?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        guard let outlet else { return }
        outlet.write(bytes)
        if let participant, let subscriber, subscriber.isReplayed {
            participant.delivered(through: subscriber.deliveredOffset)
        }
    }

    func fail(_ error: ReadError) { outlet?.close(.forcedClose) }
}

/// Performs the commands of one Socket.IO socket: events such as `emit("product.create", data, {id}, callback)`.
///
/// The acknowledgement is `{"offset":17}` or `{"error":{"code","message","field"?}}`. Commands are decided, and
/// acknowledged, in the order in which they arrive. May be called on any thread.
private final class SocketCommandHandler: Sendable {
    /// The maximum number of commands that wait for their commit. With more, the next events of the socket wait, and in
    /// the end the connection is not read.
    private static let maximumCommands = 64

    private struct Answer {
        let id: UInt64
        let json: [UInt8]
    }

    private let socket: Socket
    private let commands: any CommandPerformer
    /// Handles the application's own events.
    private let participant: (any SocketParticipant)?
    private let running = Mutex<Deque<Task<Void, Never>>>([])
    private let answers = Mutex(ReorderBuffer<Answer>())

    init(socket: Socket, commands: any CommandPerformer, participant: (any SocketParticipant)?) {
        self.socket = socket
        self.commands = commands
        self.participant = participant
    }

    /// Begins to handle an event, and sends the acknowledgement later if the client asked for one.
    ///
    /// The socket calls this for one event after the other.
    func receive(_ event: SocketEvent) async {
        await waitForCapacity()
        let slot = event.id.map { _ in answers.withLock { $0.reserve() } }
        // Runs up to its first wait at once, so that the command has its position in the log's order before the next
        // event is read.
        let task = Task.immediate {
            let acknowledgement = await perform(event)
            if let id = event.id, let slot { send(acknowledgement, id, slot) }
        }
        running.withLock { $0.append(task) }
    }

    private func waitForCapacity() async {
        while let oldest = running.withLock({ $0.count < Self.maximumCommands ? nil : $0.popFirst() }) {
            await oldest.value
        }
    }

    /// Commands are decided on the writer's thread, many of them in one commit.
    private func perform(_ event: SocketEvent) async -> Acknowledgement {
        if let acknowledgement = participant?.receive(event) { return acknowledgement }
        do throws(Problem) {
            let (command, id) = try Self.command(event, socket: socket.id)
            return Acknowledgement(.success(try await commands.perform(command, id: id, source: "socketio")))
        } catch {
            return .failure(error)
        }
    }

    private func send(_ acknowledgement: Acknowledgement, _ id: UInt64, _ slot: ReorderBuffer<Answer>.Slot) {
        let answer = Answer(id: id, json: JSONValue.array([.object(acknowledgement.fields)]).bytes)
        // Inside the lock: two tasks could otherwise send their answers in the wrong order.
        answers.withLock { answers in
            for answer in answers.fill(slot, with: answer) { socket.acknowledge(answer.id, answer.json) }
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
            throw .invalid("id", "the second argument of a command must be {id: \"…\"}, without other fields")
        }
        guard let id = object["id"], !id.isNull else { return nil }
        guard let text = id.string else { throw .invalid("id", "id must be a string") }
        return text
    }
}
