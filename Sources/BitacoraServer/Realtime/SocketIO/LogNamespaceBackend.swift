import EventLog
import Inspection
import NIOCore
import SocketIO

/// The log over Socket.IO: each namespace is the whole log or a topic, and delivers its events to each socket.
///
/// One client in one namespace is these objects:
///
/// ```
///  SocketIOServer ── asks ──► LogNamespaceBackend                one for the server; admits sockets on any event loop
///        │                      │ LogNamespace                   which events the namespace has
///        │                      │ SocketSubscription             what the client asks for, read from `auth` and query
///        │                      │ SessionRecovery                decides: a new session or the earlier one, and its start
///        │ owns                 │ SocketParticipant              what the application adds (`ApplicationParts`)
///        ▼                      ▼ makes
///     Socket ──── owns ────► LogSocket                           on the loop of the socket's connection
///                               │ owns a handler of commands     on any thread; sends acknowledgements in order
///                               │ owns
///                               ▼
///                           Subscriber ◄── delivers ── Hub       the hub of the same loop, owned by Delivery
/// ```
/// A socket goes through these states. Each time it is attached it gets a new subscriber, which continues after the
/// last event that was delivered to the one before; `Hub` shows the states of a subscriber.
///
/// ```
///  connect ─► admitted ── attached to a transport ─► delivering ── closed ─► gone
///     │                            ▲                  │
///     └─► refused                  └──── attached ────┴─ detached: the connection moves to another loop or transport
///
///  gone ── the client connects again with `pid` and `offset` ─► a socket with the same id that resumes, or, when the
///          session cannot be resumed, one with another id whose first packet is `reset`
/// ```
struct LogNamespaceBackend: NamespaceBackend {
    let log: EventLog
    let commands: any CommandPerformer
    /// Makes the application's part of a socket.
    let participant: @Sendable (Socket, String?) -> (any SocketParticipant)?
    let delivery: Delivery
    let recovery: SessionRecovery

    func accepts(_ namespace: String) -> Bool { LogNamespace(namespace) != nil }

    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission> {
        do throws(Problem) {
            return try admission(request, on: loop)
        } catch {
            return loop.makeFailedFuture(ConnectionRefused(error))
        }
    }

    private func admission(
        _ request: ConnectRequest, on loop: any EventLoop
    ) throws(Problem) -> EventLoopFuture<Admission> {
        guard let namespace = LogNamespace(request.namespace) else { throw .notFound }
        let parameters = try SocketParameters(auth: request.auth, target: request.handshake.target)
        let subscription = try SocketSubscription(namespace: namespace, parameters)
        let session = recovery.session(subscription, namespace, id: request.id)
        guard let reason = session.resetReason else {
            return loop.makeSucceededFuture(admission(of: session, namespace, subscription.filter, from: session.start))
        }
        return resolve(session.start, subscription.filter, for: request, on: loop).map { start in
            let start = start.withReset(reason, log)
            // The packet is the same for every transport.
            let format = SocketIOFormat(transport: .webSocket, namespace: namespace.name, hasPositions: true)
            let reset = start.reset.map(SocketIOEventEncoder(format, log: log.id).packet)
            return admission(
                of: session, namespace, subscription.filter, from: .offset(start.after), packetBeforeConnect: reset)
        }
    }

    private func resolve(
        _ start: StartPoint, _ filter: EventFilter, for request: ConnectRequest, on loop: any EventLoop
    ) -> EventLoopFuture<ResolvedStart> {
        do throws(ReadError) {
            if let resolved = try start.resolveAtOnce(in: log, filter) { return loop.makeSucceededFuture(resolved) }
        } catch {
            return loop.makeFailedFuture(error)
        }
        let readLimiter = delivery.readLimiter
        return loop.makeFutureWithTask {
            try await start.resolve(in: log, filter, readLimiter: readLimiter) { !request.isCancelled }
        }
    }

    /// - Parameter packetBeforeConnect: the packet that is sent together with the new session's `pid`. With the `pid` alone, the
    ///   client would reconnect with a position of its earlier session.
    private func admission(
        of session: SocketSession, _ namespace: LogNamespace, _ filter: EventFilter, from start: StartPoint,
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

extension ConnectionRefused {
    /// The data of the error that a refused client gets, beside the message.
    private struct Details: Encodable {
        let code: String
        let field: String?
    }

    /// Refuses a client because of a problem with its request.
    init(_ problem: Problem) {
        self.init(problem.detail, data: Details(code: problem.code, field: problem.field))
    }
}

/// A namespace as a part of the log: `/` is all of the log, `/chat` is the topic `chat` and the topics below it.
struct LogNamespace: Hashable, Sendable {
    let name: String
    /// The topic of the namespace; nil for `/`.
    let topic: String?

    /// - Returns: nil when `name` is neither `/` nor a topic after a slash.
    init?(_ name: String) {
        self.name = name
        guard name != "/" else {
            topic = nil
            return
        }
        guard name.hasPrefix("/"), let pattern = TopicPattern(String(name.dropFirst())), pattern.isExact else {
            return nil
        }
        topic = pattern.description
    }

    /// Compares bytes, as everywhere: topics with the same appearance may have different bytes.
    private static func isPattern(_ pattern: String.UTF8View, within topic: String.UTF8View) -> Bool {
        pattern.starts(with: topic) && [nil, UInt8(ascii: "/")].contains(pattern.dropFirst(topic.count).first)
    }

    /// The events of the namespace that a client asks for.
    ///
    /// - Parameter topics: complete topics, each within the namespace; empty for all topics of the namespace.
    /// - Throws: `Problem` 400 for a topic outside the namespace.
    func filter(topics: [TopicPattern], types: [String]) throws(Problem) -> EventFilter {
        guard let topic else { return EventFilter(topics: topics, types: types) }
        if let outside = topics.first(where: { !Self.isPattern($0.description.utf8, within: topic.utf8) }) {
            throw .invalid(
                "topics", "topic '\(outside)' is not in namespace \(name), which has \(topic) and \(topic)/**")
        }
        let own = [topic, topic + "/**"].compactMap(TopicPattern.init)
        return EventFilter(topics: topics.isEmpty ? own : topics, types: types)
    }
}
