import DequeModule
import HTTPTypes
import JSON
import Marketplace
import NIOCore
import SocketIO
import Synchronization

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
    private let market: Market
    /// Handles the chat's own events; nil in other namespaces.
    private let seat: ChatSeat?
    private let underWay = Mutex<Deque<Task<Void, Never>>>([])
    private let answers = Mutex(AnswerSequence<Answer>())

    init(socket: Socket, market: Market, seat: ChatSeat? = nil) {
        self.socket = socket
        self.market = market
        self.seat = seat
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
        if let fields = seat?.receive(event) { return fields }
        do throws(Problem) {
            let (command, id) = try Self.command(event, socket: socket.id)
            return Acknowledgement.fields(.success(try await market.perform(command, id: id, source: "socketio")))
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
        let data = try data(event.arguments, of: 2)
        let id = try id(in: try json(event.arguments, at: 1) ?? .null)
        return (Command(name: event.name, data: data, socket: socket), id)
    }

    /// The data of an event, an object with nothing in it where there are none.
    ///
    /// - Parameter count: how many arguments the event may have.
    static func data(_ arguments: Arguments, of count: Int) throws(Problem) -> JSONValue {
        guard arguments.attachments.isEmpty else {
            throw .invalid("data", "a command's data are JSON, without attachments")
        }
        guard arguments.count <= count else {
            let rule = count == 1 ? "there are its data and nothing else" : "a command has its data and {id}"
            throw .invalid("command", "\(rule); there are \(arguments.count) arguments")
        }
        return try json(arguments, at: 0) ?? .object(JSONObject())
    }

    private static func json(_ arguments: Arguments, at position: Int) throws(Problem) -> JSONValue? {
        guard let text = arguments.json(at: position) else { return nil }
        do throws(JSONError) {
            return try text.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
        } catch {
            throw .invalid("command", "this is not JSON: \(error)")
        }
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
