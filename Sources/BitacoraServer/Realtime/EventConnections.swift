import Commands
import EventLog
import HTTPTypes
import NIOCore
import NIOHTTP1
import SocketIO
import WebSocket

extension Subscriber {
    /// Makes the subscriber of a connection of `/api/events`, and begins the delivery.
    ///
    /// - Parameter keep: stores the subscriber; called before the first write, which may already end the connection.
    fileprivate static func subscribe(
        _ subscription: EventSubscription, _ encoding: EventEncoding, _ connection: any Connection, _ hub: Hub,
        keep: (Subscriber) -> Void
    ) {
        let subscriber = Subscriber(
            kind: ChunkKind(filter: subscription.filter, encoding: encoding), connection: connection, hub: hub)
        keep(subscriber)
        subscriber.begin(from: subscription.start)
    }
}

/// The plain WebSocket on `/api/events`: one JSON event a message; commands in the other direction.
final class EventSocket: WebSocketDelegate, Subscriber.Connection {
    /// The maximum number of commands of a socket that wait for their acknowledgements. At this number the socket is
    /// not read until half of them have been acknowledged.
    static let maximumCommands = 64
    /// The maximum length of a client's message, in bytes: a command with every field at its limit fits. A longer
    /// message closes the socket with 1009.
    static let maximumMessage = 256 << 10
    /// The maximum number of acknowledgements that wait for a client that does not read; one more closes the socket
    /// with 1008.
    static let maximumUnreadAnswers = 256

    private let hub: Hub
    private let commands: any CommandPerformer
    private let subscription: EventSubscription
    /// Identifies this socket in its commands. The client cannot choose it, and other clients do not get it.
    private let id = SessionID.make()
    private var subscriber: Subscriber?
    private var socket: WebSocketConnection?
    private var answers = ReorderBuffer<ByteBuffer>()
    private var unreadAnswers = 0

    init(hub: Hub, commands: any CommandPerformer, subscription: EventSubscription) {
        self.hub = hub
        self.commands = commands
        self.subscription = subscription
    }

    // MARK: WebSocketDelegate

    func opened(_ connection: WebSocketConnection) {
        socket = connection
        Subscriber.subscribe(subscription, .webSocket, self, hub) { subscriber = $0 }
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let slot = answers.reserve()
        if answers.count >= Self.maximumCommands { connection.isPaused = true }
        do throws(CommandMessageError) {
            perform(try CommandMessage(parsing: text), slot)
        } catch {
            answer(Acknowledgement(.failure(error.problem)).message(reference: error.reference), slot)
        }
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.close(.unacceptableData, reason: "commands are text messages")
    }

    func writabilityChanged(_ connection: WebSocketConnection) {
        guard connection.isWritable else { return }
        unreadAnswers = 0
        subscriber?.becameWritable()
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        subscriber?.end()
        subscriber = nil
        socket = nil
    }

    // MARK: Commands

    /// Commands are decided on the writer's thread; the acknowledgement returns to this loop.
    private func perform(_ message: CommandMessage, _ slot: ReorderBuffer<ByteBuffer>.Slot) {
        let command = Command(name: message.name, data: message.data, socket: id)
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        let (loop, commands) = (hub.loop, commands)
        // Immediate, so that a command has its position in the log's order before the next message is read.
        Task.immediate {
            let outcome: Result<CommandOutcome, Problem>
            do throws(Problem) {
                outcome = .success(try await commands.perform(command, id: message.id, source: "websocket"))
            } catch {
                outcome = .failure(error)
            }
            let answer = Acknowledgement(outcome).message(reference: message.reference)
            loop.execute { bound.value.answer(answer, slot) }
        }
    }

    private func answer(_ text: ByteBuffer, _ slot: ReorderBuffer<ByteBuffer>.Slot) {
        for answer in answers.fill(slot, with: text) { send(answer) }
        if answers.count <= Self.maximumCommands / 2 { socket?.isPaused = false }
    }

    private func send(_ text: ByteBuffer) {
        guard let socket else { return }
        if !socket.isWritable {
            unreadAnswers += 1
            guard unreadAnswers <= Self.maximumUnreadAnswers else {
                return socket.close(.policyViolation, reason: "the client does not read its acknowledgements")
            }
        }
        socket.send(text: text)
    }

    // MARK: Subscriber.Connection

    var isWritable: Bool { socket?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        socket?.write(encodedFrames: bytes)
        socket?.flush()
    }

    func fail(_ error: ReadError) { socket?.close(.internalError, reason: "\(error)") }
}

/// The event stream on `/api/events` (HTML Living Standard, 9.2 Server-sent events).
final class EventStream: StreamConnectionDelegate, Subscriber.Connection {
    /// The headers of the response. `X-Accel-Buffering` makes proxies pass on each event at once.
    static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
    ]

    /// Makes a browser reconnect after one second instead of about three: a restart of the server is faster than that.
    ///
    /// No empty line follows, so the field belongs to the first message: some clients report a block without data as a
    /// message.
    private static let retry = ByteBuffer(string: "retry: 1000\n")

    private let hub: Hub
    private let subscription: EventSubscription
    private var subscriber: Subscriber?
    private var stream: StreamConnection?

    init(hub: Hub, subscription: EventSubscription) {
        self.hub = hub
        self.subscription = subscription
    }

    // MARK: StreamConnectionDelegate

    func opened(_ connection: StreamConnection) {
        stream = connection
        connection.write(Self.retry)
        Subscriber.subscribe(subscription, .serverSentEvents, self, hub) { subscriber = $0 }
    }

    func writabilityChanged(_ connection: StreamConnection) {
        if connection.isWritable { subscriber?.becameWritable() }
    }

    func closed(_ connection: StreamConnection) {
        subscriber?.end()
        subscriber = nil
        stream = nil
    }

    // MARK: Subscriber.Connection

    var isWritable: Bool { stream?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        stream?.write(bytes)
        stream?.flush()
    }

    /// An event stream has no close code: a comment contains the reason. The client reconnects.
    func fail(_ error: ReadError) {
        write(ByteBuffer(string: ": \(error)\n\n"))
        stream?.close()
    }
}
