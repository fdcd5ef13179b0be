import EventLog
import Inspection
import JSON
import NIOCore
import SocketIO

/// The log over Socket.IO: each namespace that is a topic replays what lies in it.
struct LogNamespaces: NamespaceBackend {
    let log: EventLog
    let commands: any CommandPerformer
    /// Makes the application's part of a socket.
    let participant: @Sendable (Socket, String?) -> (any SocketParticipant)?
    let delivery: Delivery
    let sessions: LogSessions

    func accepts(_ namespace: String) -> Bool { LogNamespace(namespace) != nil }

    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission> {
        do throws(Problem) {
            return try admission(request, on: loop)
        } catch {
            return loop.makeFailedFuture(ConnectionRefused(error.detail, data: ConnectionProblem(error)))
        }
    }

    private func admission(
        _ request: ConnectRequest, on loop: any EventLoop
    ) throws(Problem) -> EventLoopFuture<Admission> {
        guard let namespace = LogNamespace(request.namespace) else { throw .notFound }
        let auth: JSONValue
        do throws(JSONError) {
            auth =
                try request.auth.map { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
                ?? .object(JSONObject())
        } catch {
            throw .invalid("auth", "auth is not JSON: \(error)")
        }
        let asked = try SocketSubscription(
            namespace: namespace, auth: auth, query: Query(ofTarget: request.handshake.target))
        let session = sessions.session(asked, namespace, id: request.id)
        guard let reason = session.resetReason else {
            return loop.makeSucceededFuture(admission(of: session, namespace, asked.filter, from: session.start))
        }
        return place(session.start, asked.filter, for: request, on: loop).map { place in
            let place = place.withReset(reason, log)
            // Any transport will do: the packet is the same for all of them.
            let form = SocketIOForm(transport: .webSocket, namespace: namespace.name, hasPositions: true)
            let reset = place.reset.map(SocketIOEventEncoder(form, log: log.id).packet)
            return admission(
                of: session, namespace, asked.filter, from: .offset(place.after), packetBeforeConnect: reset)
        }
    }

    private func place(
        _ start: StartPoint, _ filter: EventFilter, for request: ConnectRequest, on loop: any EventLoop
    ) -> EventLoopFuture<ResolvedStart> {
        do throws(ReadError) {
            if let place = try start.resolveAtOnce(in: log, filter) { return loop.makeSucceededFuture(place) }
        } catch {
            return loop.makeFailedFuture(error)
        }
        let turns = delivery.turns
        return loop.makeFutureWithTask {
            try await start.resolve(in: log, filter, turns: turns) { !request.isCancelled }
        }
    }

    /// - Parameter packetBeforeConnect: what the client must know as soon as it has the new session's `pid`: with that
    ///   alone it would come back with a position of the session before.
    private func admission(
        of session: LogSession, _ namespace: LogNamespace, _ filter: EventFilter, from start: StartPoint,
        packetBeforeConnect: OutgoingPacket? = nil
    ) -> Admission {
        let (commands, delivery, participant) = (commands, delivery, participant)
        return Admission(
            id: session.id, pid: session.pid, isRecovered: session.isRecovered, takesAttachments: false,
            packetBeforeConnect: packetBeforeConnect
        ) { socket in
            LogSocket(
                socket: socket, commands: commands, delivery: delivery, filter: filter, start: start,
                hasPositions: session.pid != nil, participant: participant(socket, namespace.topic))
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
