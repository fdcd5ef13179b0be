import Commands
import EventLog
import HTTPTypes
import NIOCore
import NIOHTTP1
import SocketIO
import WebSocket

/// A plain WebSocket: one JSON event, or the changes of a commit, a message; commands in the other direction.
final class RealtimeSocket: WebSocketDelegate, RealtimeConnection {
    /// The maximum number of commands of a socket that wait for their acknowledgements. At this number the socket is
    /// not read until half of them have been acknowledged.
    static let maximumCommands = 64
    /// The maximum length of a client's message, in bytes: a command with every field at its limit fits. A longer
    /// message closes the socket with 1009.
    static let maximumMessage = 256 << 10
    /// The maximum number of acknowledgements that wait for a client that does not read; one more closes the socket
    /// with 1008.
    static let maximumUnreadAnswers = 256

    private let loop: any EventLoop
    private let commands: any CommandPerformer
    private let delivery: any RealtimeDelivery
    /// Identifies this socket in its commands. The client cannot choose it, and other clients do not get it.
    private let id = SessionID.make()
    private var socket: WebSocketConnection?
    private var answers = ReorderBuffer<ByteBuffer>()
    private var unreadAnswers = 0

    /// - Parameter loop: the event loop of the connection.
    init(_ delivery: any RealtimeDelivery, commands: any CommandPerformer, on loop: any EventLoop) {
        self.loop = loop
        self.commands = commands
        self.delivery = delivery
    }

    // MARK: WebSocketDelegate

    func opened(_ connection: WebSocketConnection) {
        socket = connection
        delivery.begin(to: self)
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
        delivery.becameWritable()
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        delivery.end()
        socket = nil
    }

    // MARK: Commands

    /// Commands are decided on the writer's thread; the acknowledgement returns to this loop.
    private func perform(_ message: CommandMessage, _ slot: ReorderBuffer<ByteBuffer>.Slot) {
        let command = Command(name: message.name, data: message.data, socket: id)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (loop, commands) = (loop, commands)
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

    // MARK: RealtimeConnection

    var isWritable: Bool { socket?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        socket?.write(encodedFrames: bytes)
        socket?.flush()
    }

    func fail(_ error: ReadError) { socket?.close(.internalError, reason: "\(error)") }

    func endDelivery(_ reason: String) { socket?.close(.notFound, reason: reason) }
}

extension WebSocketCloseCode {
    /// What the socket follows does not exist any more: 4404, as HTTP's 404.
    fileprivate static let notFound = WebSocketCloseCode(rawValue: 4404)
}

/// An event stream (HTML Living Standard, 9.2 Server-sent events).
final class RealtimeStream: StreamConnectionDelegate, RealtimeConnection {
    /// The headers of the response. `X-Accel-Buffering` makes proxies pass on each event at once.
    static let headers: HTTPHeaders = [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
    ]

    /// Makes a browser reconnect after one second instead of about three: a restart of the server is faster than that.
    ///
    /// No empty line follows, so the field belongs to the first message: some clients report a block without data as a
    /// message.
    private static let retry = ByteBuffer(string: "retry: 1000\n")

    private let delivery: any RealtimeDelivery
    private var stream: StreamConnection?

    init(_ delivery: any RealtimeDelivery) { self.delivery = delivery }

    // MARK: StreamConnectionDelegate

    func opened(_ connection: StreamConnection) {
        stream = connection
        connection.write(Self.retry)
        delivery.begin(to: self)
    }

    func writabilityChanged(_ connection: StreamConnection) {
        if connection.isWritable { delivery.becameWritable() }
    }

    func closed(_ connection: StreamConnection) {
        delivery.end()
        stream = nil
    }

    // MARK: RealtimeConnection

    var isWritable: Bool { stream?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        stream?.write(bytes)
        stream?.flush()
    }

    func fail(_ error: ReadError) { endDelivery("\(error)") }

    /// An event stream has no close code: a comment contains the reason. The client reconnects.
    func endDelivery(_ reason: String) {
        write(ByteBuffer(string: ": \(reason)\n\n"))
        stream?.close()
    }
}
