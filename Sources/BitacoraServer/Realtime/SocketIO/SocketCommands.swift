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
/// They are decided in the order in which they came; answers tell by their ids
/// what they answer.
final class SocketCommands: Sendable {
    /// How many may wait for the log. With more, the events of the socket wait,
    /// and in the end the client is not read.
    static let maximumCommands = 64

    private let socket: Socket
    private let market: Market
    private let underWay = Mutex<Deque<Task<Void, Never>>>([])

    init(socket: Socket, market: Market) {
        self.socket = socket
        self.market = market
    }

    /// Takes a command; its answer goes out by itself, if the client asked for one.
    ///
    /// To be called for one after the other, as the socket does.
    func receive(_ event: SocketEvent) async {
        do throws(Problem) {
            let (command, id) = try Self.command(event, socket: socket.id)
            await waitForRoom()
            let task = perform(command, id, answering: event.id)
            underWay.withLock { $0.append(task) }
        } catch {
            answer(event.id, .failure(error))
        }
    }

    private func waitForRoom() async {
        while let oldest = underWay.withLock({ $0.count < Self.maximumCommands ? nil : $0.popFirst() }) { await oldest.value }
    }

    /// Commands are decided on the writer's thread, many of them in one commit.
    private func perform(_ command: Command, _ id: String?, answering acknowledgement: UInt64?) -> Task<Void, Never> {
        // At once, not some time: a command takes its place in the log's order before the next one is looked at.
        Task.immediate {
            let outcome: Result<Market.Outcome, Problem>
            do throws(Problem) {
                outcome = .success(try await market.perform(command, id: id, source: "socketio"))
            } catch {
                outcome = .failure(error)
            }
            answer(acknowledgement, outcome)
        }
    }

    private func answer(_ id: UInt64?, _ outcome: Result<Market.Outcome, Problem>) {
        guard let id else { return }
        socket.acknowledge(id, JSONValue.array([.object(Acknowledgement.fields(outcome))]).bytes)
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
        guard arguments.attachments.isEmpty else { throw .invalid("data", "a command's data are JSON, without attachments") }
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
