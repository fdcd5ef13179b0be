import Commands
import EventLog
import HTTPTypes
import NIOCore
import SocketIO
import WebSocket

/// The plain WebSocket on `/api/events`: one JSON event a message, commands the other way.
final class EventSocket: WebSocketDelegate, Subscriber.Connection {
    /// How many commands of a socket may wait for their answers; with as many, the client is not read until half of them
    /// have been answered.
    static let maximumCommands = 64
    /// The longest message of a client, in bytes: a command with every field at its limit fits; beyond it close 1009.
    static let maximumMessage = 256 << 10
    /// How many answers may wait for a client that does not read; one more closes the socket with 1008.
    static let maximumUnreadAnswers = 256

    private let hub: Hub
    private let commands: any CommandPerformer
    private let delivery: ConnectionDelivery
    /// What the messages of this socket are signed with; never told to others by the client itself.
    private let name = SessionID.make()
    private var socket: WebSocketConnection?
    private var answers = AnswerSequence<ByteBuffer>()
    private var unreadAnswers = 0

    init(hub: Hub, commands: any CommandPerformer, subscription: EventSubscription) {
        self.hub = hub
        self.commands = commands
        delivery = ConnectionDelivery(hub, subscription)
    }

    // MARK: The connection's side

    func opened(_ connection: WebSocketConnection) {
        socket = connection
        delivery.start(.webSocket, to: self)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let place = answers.reserve()
        if answers.count >= Self.maximumCommands { connection.isPaused = true }
        do throws(SocketCommandError) {
            perform(try SocketCommand(parsing: text), at: place)
        } catch {
            answer(Acknowledgement.text(error.reference, .failure(error.problem)), at: place)
        }
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.close(.unacceptableData, reason: "commands are text messages")
    }

    func writabilityChanged(_ connection: WebSocketConnection) {
        guard connection.isWritable else { return }
        unreadAnswers = 0
        delivery.becameWritable()
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        delivery.end()
        socket = nil
    }

    /// Commands are decided on the writer's thread; the answer comes back to this loop.
    private func perform(_ command: SocketCommand, at place: AnswerSequence<ByteBuffer>.Place) {
        let request = Command(name: command.name, data: command.data, socket: name)
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        let (loop, commands) = (hub.loop, commands)
        // At once, not some time: a command takes its place in the log's order before the next one is read.
        Task.immediate {
            let outcome: Result<CommandOutcome, Problem>
            do throws(Problem) {
                outcome = .success(try await commands.perform(request, id: command.id, source: "websocket"))
            } catch {
                outcome = .failure(error)
            }
            let answer = Acknowledgement.text(command.reference, outcome)
            loop.execute { bound.value.answer(answer, at: place) }
        }
    }

    private func answer(_ text: ByteBuffer, at place: AnswerSequence<ByteBuffer>.Place) {
        for answer in answers.fill(place, with: text) { send(answer) }
        if answers.count <= Self.maximumCommands / 2 { socket?.isPaused = false }
    }

    private func send(_ text: ByteBuffer) {
        guard let socket else { return }
        if !socket.isWritable {
            unreadAnswers += 1
            guard unreadAnswers <= Self.maximumUnreadAnswers else {
                return socket.close(.policyViolation, reason: "answers are not being read")
            }
        }
        socket.send(text: text)
    }

    // MARK: The hub's side

    var isWritable: Bool { socket?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        socket?.write(encodedFrames: bytes)
        socket?.flush()
    }

    func fail(_ error: ReadError) { socket?.close(.internalError, reason: "\(error)") }
}
