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
final class SocketCommands: Sendable {
    /// How many may be under way; one more is answered `busy`.
    static let maximumCommands = 64

    private let socket: Socket
    private let market: Market
    private let underWay = Mutex(0)

    init(socket: Socket, market: Market) {
        self.socket = socket
        self.market = market
    }

    /// Takes a command; its answer goes out by itself, if the client asked for one.
    func receive(_ name: String, _ event: ReceivedEvent) {
        do throws(Problem) {
            let (command, id) = try Self.command(name, event, socket: socket.id)
            try begin()
            perform(command, id, answering: event.id)
        } catch {
            answer(event.id, .failure(error))
        }
    }

    private func begin() throws(Problem) {
        let isFull = underWay.withLock { count in
            guard count < Self.maximumCommands else { return true }
            count += 1
            return false
        }
        if isFull {
            throw Problem(
                .tooManyRequests, "busy", "\(Self.maximumCommands) commands of this socket are under way; wait for their answers")
        }
    }

    /// Commands are decided on the writer's thread, many of them in one commit.
    private func perform(_ command: Command, _ id: String?, answering acknowledgement: UInt64?) {
        Task {
            let outcome: Result<Market.Outcome, Problem>
            do throws(Problem) {
                outcome = .success(try await market.perform(command, id: id, source: "socketio"))
            } catch {
                outcome = .failure(error)
            }
            underWay.withLock { $0 -= 1 }
            answer(acknowledgement, outcome)
        }
    }

    private func answer(_ id: UInt64?, _ outcome: Result<Market.Outcome, Problem>) {
        guard let id else { return }
        socket.acknowledge(id, JSONValue.array([.object(Acknowledgement.fields(outcome))]).bytes)
    }

    /// - Returns: the command, and the id that makes a retry safe.
    private static func command(
        _ name: String, _ event: ReceivedEvent, socket: String
    ) throws(Problem) -> (Command, id: String?) {
        guard event.attachments.isEmpty else { throw .invalid("data", "a command's data are JSON, without attachments") }
        let arguments: [JSONValue]
        do throws(JSONError) {
            arguments = try event.arguments.withUnsafeReadableBytes { bytes throws(JSONError) in try JSONValue(parsing: bytes) }.array ?? []
        } catch {
            throw .invalid("command", "this is not JSON: \(error)")
        }
        guard arguments.count <= 3 else {
            throw .invalid("command", "a command has its data and {id}; there are \(arguments.count - 1) arguments")
        }
        let options = arguments.count > 2 ? arguments[2] : .null
        let id = try id(in: options)
        return (Command(name: name, data: arguments.count > 1 ? arguments[1] : .object(JSONObject()), socket: socket), id)
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
