import Commands
import DequeModule
import EventLog
import HTTPTypes
import JSON
import SocketIO
import Synchronization

/// Performs the commands of one Socket.IO socket: events such as `emit("product.create", data, {id}, callback)`.
///
/// The acknowledgement is `{"offset":17}` or `{"error":{"code","message","field"?}}`. Commands are decided, and
/// acknowledged, in the order in which they arrive. May be called on any thread.
final class SocketCommandHandler: Sendable {
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

    /// - Parameter participant: the application's part of the socket; nil for none.
    private init(socket: Socket, commands: any CommandPerformer, participant: (any SocketParticipant)?) {
        self.socket = socket
        self.commands = commands
        self.participant = participant
    }

    /// Handles all events of a socket.
    static func install(
        on socket: Socket, _ commands: any CommandPerformer, participant: (any SocketParticipant)? = nil
    ) {
        let handler = SocketCommandHandler(socket: socket, commands: commands, participant: participant)
        socket.onAny { event in await handler.receive(event) }
    }

    /// Begins to handle an event, and sends the acknowledgement later if the client asked for one.
    ///
    /// The socket calls this for one event after the other.
    private func receive(_ event: SocketEvent) async {
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
