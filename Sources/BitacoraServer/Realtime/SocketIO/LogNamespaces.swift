import EventLog
import JSON
import NIOCore
import SocketIO

/// The log over Socket.IO: each namespace that is a topic replays what lies in it.
struct LogNamespaces: NamespaceBackend {
    let market: Market
    let delivery: Delivery
    let sessions: LogSessions

    func accepts(_ namespace: String) -> Bool { LogNamespace(namespace) != nil }

    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission> {
        do throws(Problem) {
            return loop.makeSucceededFuture(try admission(request))
        } catch {
            return loop.makeFailedFuture(ConnectionRefused(error.detail, data: ConnectionProblem(error)))
        }
    }

    private func admission(_ request: ConnectRequest) throws(Problem) -> Admission {
        guard let namespace = LogNamespace(request.namespace) else { throw .notFound }
        let auth: JSONValue
        do throws(JSONError) {
            auth = try request.auth.map { bytes throws(JSONError) in try JSONValue(parsing: bytes) } ?? .object(JSONObject())
        } catch {
            throw .invalid("auth", "auth is not JSON: \(error)")
        }
        let asked = try SocketSubscription(namespace: namespace, auth: auth, query: Query(ofTarget: request.handshake.target))
        let session = sessions.session(asked, namespace, id: request.id)
        let (market, delivery, filter) = (market, delivery, asked.filter)
        return Admission(id: session.id, pid: session.pid, isRecovered: session.isRecovered) { socket in
            LogSocket(
                socket: socket, market: market, delivery: delivery, filter: filter, start: session.start,
                resetReason: session.resetReason, hasPositions: session.pid != nil)
        }
    }
}

/// What a refused client is told beside the message.
private struct ConnectionProblem: Encodable {
    let code: String
    let field: String?

    init(_ problem: Problem) {
        code = problem.code
        field = problem.field
    }
}
