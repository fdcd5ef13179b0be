import EventLog
import JSON
import NIOCore
import SocketIO

/// The log over Socket.IO: each namespace that is a topic replays what lies in it.
struct LogNamespaces: NamespaceBackend {
    let market: Market
    let delivery: Delivery
    let key: RecoveryKey
    /// Whether clients are given what they need to resume a session.
    let recovers: Bool

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
        let session = try session(asked, namespace, request.id)
        let (market, delivery, filter) = (market, delivery, asked.filter)
        return Admission(id: session.id, pid: session.pid, isRecovered: session.isRecovered) { socket in
            LogSocket(
                socket: socket, market: market, delivery: delivery, filter: filter, start: session.start,
                resetReason: session.resetReason, hasPositions: session.pid != nil)
        }
    }

    /// How a client's session begins or goes on.
    private struct Session {
        let id: String
        var pid: String?
        var isRecovered = false
        let start: StartPoint
        var resetReason: Reset.Reason?
    }

    /// A client that comes back with its `pid` goes on behind the last
    /// position it received or, if it received none, where its session began.
    private func session(_ asked: SocketSubscription, _ namespace: LogNamespace, _ id: String) throws(Problem) -> Session {
        guard recovers, asked.wantsRecovery else { return Session(id: id, start: asked.start) }
        let scope = RecoveryToken.Scope(log: market.log.id, namespace: namespace.name, filter: asked.filter)
        let had = asked.offset.flatMap(Position.init)
        if let pid = asked.pid, let token = RecoveryToken(pid, key: key, scope),
            let start = resumption(token, asked, had)
        {
            return Session(id: token.sid, pid: pid, isRecovered: true, start: start)
        }
        let token = RecoveryToken(sid: id, start: pinned(asked.start), ignored: ownOffset(had))
        return Session(
            id: id, pid: token.signed(with: key, scope), start: token.start.map(StartPoint.offset) ?? asked.start,
            resetReason: asked.offset == nil ? nil : fault(had) ?? .otherSession)
    }

    /// Where the session of a token goes on; nil when that cannot be said for certain.
    private func resumption(_ token: RecoveryToken, _ asked: SocketSubscription, _ had: Position?) -> StartPoint? {
        guard asked.offset != nil else { return token.start.map(StartPoint.offset) ?? asked.start }
        // An offset from before the session does not tell what was received in it.
        guard let had, fault(had) == nil, had.offset != token.ignored else { return nil }
        return .offset(max(had.offset, known(asked.start) ?? .start))
    }

    /// What a client says it has in plain words: a page that was rendered anew has more than it received.
    private func known(_ start: StartPoint) -> Offset? {
        switch start {
        case .offset(let offset) where offset <= market.log.head: offset
        case .position(let position) where fault(position) == nil: position.offset
        default: nil
        }
    }

    /// `live` means another place each time it is asked; the other words mean
    /// the same, or are meant to be asked anew by who has received nothing.
    private func pinned(_ start: StartPoint) -> Offset? { start == .live ? market.log.head : nil }

    private func ownOffset(_ position: Position?) -> Offset? {
        position.flatMap { $0.log == market.log.id ? $0.offset : nil }
    }

    /// Why a position that a client had is none of this log's.
    private func fault(_ had: Position?) -> Reset.Reason? {
        guard let had, had.log == market.log.id else { return .otherLog }
        if had.offset > market.log.head { return .ahead }
        return had.offset < market.log.first.previous ? .gone : nil
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
