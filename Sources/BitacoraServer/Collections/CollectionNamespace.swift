import EventLog
import HTTPTypes
import Inspection
import JSON
import KeyedRows
import NIOCore
import SocketIO

/// The rows that a Socket.IO client asks the namespace of a collection for, in `auth` or in the query of its handshake.
///
/// | name | value |
/// |---|---|
/// | `where` | in `auth`: an object, `{"status":"placed","total":{"gte":10}}` |
/// | `where[field]`, `where[field][op]` | text, as in the address of a page |
/// | `sort`, `limit` | as in the address of a page |
/// | `position` | what the client has: an offset, `logid:offset`, `"start"`, `"live"` (default) |
/// | `recovery`, `pid`, `offset` | as in every namespace (`SocketSubscription`) |
///
/// Other names in `auth` are refused. The query belongs to all namespaces of the connection, so of the other names there
/// only `at`, `after` and misspelt ones are refused.
struct SocketRows {
    let query: RowQuery
    let session: SessionRequest

    private static let names = ["where", "sort", "limit", "position", "recovery", "pid", "offset"]

    /// - Throws: `Problem` 400 with the name at fault.
    init(_ parameters: SocketParameters, of state: CollectionState) throws(Problem) {
        try CollectionSubscription.rejectPageParameters(parameters.names)
        let filter = try Self.filter(parameters)
        do throws(InvalidParameter) {
            try Self.checkNames(parameters)
            query = RowQuery(
                filter: filter,
                sort: try parameters.text("sort").map { (text) throws(InvalidParameter) in try RowSort(text) }
                    ?? RowSort(),
                limit: try parameters.text("limit").map { (text) throws(InvalidParameter) in
                    try RowParameters.limit(text)
                })
            try RowParameters.checkFields(of: query, state)
            session = try SessionRequest(
                parameters, from: try CollectionSubscription.start(try parameters.text("position")))
        } catch {
            throw Problem(error)
        }
    }

    private static func checkNames(_ parameters: SocketParameters) throws(InvalidParameter) {
        let unknown = parameters.names.filter { !RowFilter.isParameter($0) && !names.contains($0) }
        try ParameterNames(names).check(unknown)
        guard let name = unknown.first(where: { parameters.auth[$0] != nil }) else { return }
        throw InvalidParameter(
            name, name, "is not a parameter of this namespace", "auth takes \(names.joined(separator: ", "))")
    }

    private static func filter(_ parameters: SocketParameters) throws(Problem) -> RowFilter {
        let names = (parameters.auth.object?.keys.map { $0 } ?? []).filter { RowFilter.isParameter($0) }
        if let json = parameters.auth["where"], !json.isNull {
            if let other = names.first(where: { $0 != "where" }) {
                throw .invalid(other, "auth has where and \(other.prefix(64)); write all conditions in where")
            }
            do throws(QueryFault) {
                return try RowFilter(json)
            } catch {
                throw Problem(error)
            }
        }
        do throws(InvalidParameter) {
            var pairs: [(name: String, value: String)] = []
            for name in names {
                if let value = try parameters.text(name) { pairs.append((name, value)) }
            }
            return try RowFilter(parameters: pairs.isEmpty ? parameters.query.pairs : pairs)
        } catch {
            throw Problem(error)
        }
    }
}

extension Problem {
    /// The error of a `where` that is JSON: 400, with the place of the fault in it.
    fileprivate init(_ fault: QueryFault) {
        let place = fault.pointer.steps.isEmpty ? "" : "where\(fault.pointer): "
        self = .invalid("where", place + fault.message)
    }
}

/// The namespaces `/collections/NAME`: the changes of rows over Socket.IO.
struct CollectionNamespaceBackend: NamespaceBackend {
    private static let prefix = "/collections/"

    let feeds: CollectionFeeds
    let commands: any CommandPerformer
    let recovery: SessionRecovery

    func accepts(_ namespace: String) -> Bool { namespace.hasPrefix(Self.prefix) }

    func admit(_ request: ConnectRequest, on loop: any EventLoop) -> EventLoopFuture<Admission> {
        do throws(Problem) {
            return loop.makeSucceededFuture(try admission(request))
        } catch {
            return loop.makeFailedFuture(ConnectionRefused(error))
        }
    }

    private func admission(_ request: ConnectRequest) throws(Problem) -> Admission {
        let collection = try feeds.application.existing(String(request.namespace.dropFirst(Self.prefix.count)))
        let (state, offset) = collection.current
        let rows = try SocketRows(
            try SocketParameters(auth: request.auth, target: request.handshake.target), of: state)
        let reservation = try WindowReservation(collection.name, rows.query, feeds)
        let log = feeds.log
        let session = recovery.session(
            rows.session,
            RecoveryToken.Scope(log: log.id, namespace: request.namespace, query: reservation.queryID), id: request.id)
        let hasPositions = session.pid != nil
        var reset: OutgoingPacket?
        if let reason = session.resetReason {
            // The packet is the same for every transport.
            let format = SocketIOFormat(transport: .webSocket, namespace: request.namespace, hasPositions: true)
            reset = SocketIOEventEncoder(format, log: log.id).packet(
                Reset(reason: reason, first: log.first, head: offset, after: .start))
        }
        let subscription = CollectionSubscription(
            reservation, from: reset == nil ? .start(Self.start(session, rows.session)) : .nothing(nil))
        return Admission(
            id: session.id, pid: session.pid, isRecovered: session.isRecovered, takesAttachments: false,
            packetBeforeConnect: reset
        ) { [feeds, commands] socket in
            CollectionNamespaceSocket(socket, subscription, commands, feeds, hasPositions: hasPositions)
        }
    }

    /// Where the delivery begins.
    ///
    /// A client that was cut off while it received all rows has a part of them only, whatever position its page names.
    private static func start(_ session: SocketSession, _ request: SessionRequest) -> StartPoint {
        let isPartial = session.isRecovered && request.offset.flatMap(Position.init)?.offset == .start
        return isPartial ? .offset(.start) : session.start
    }
}

/// One socket of the namespace of a collection: the changes of rows are delivered to it, and commands are received from
/// it.
///
/// Belongs to the event loop of the socket's connection, and moves with the connection to another loop.
final class CollectionNamespaceSocket: SocketBackend, RealtimeConnection {
    private let feeds: CollectionFeeds
    private let subscription: CollectionSubscription
    private let hasPositions: Bool
    private let socket: Socket
    /// Writes to the connection; nil while the socket is not attached to a transport.
    private var outlet: SocketOutlet?
    /// The newest reader. After the socket was detached it has what the next one continues with.
    private var reader: CollectionReader?

    /// - Parameter hasPositions: whether each event ends with its position.
    init(
        _ socket: Socket, _ subscription: CollectionSubscription, _ commands: any CommandPerformer,
        _ feeds: CollectionFeeds, hasPositions: Bool
    ) {
        SocketCommandHandler.install(on: socket, commands)
        self.socket = socket
        self.subscription = subscription
        self.feeds = feeds
        self.hasPositions = hasPositions
    }

    // MARK: SocketBackend

    func attached(_ outlet: SocketOutlet) {
        self.outlet = outlet
        let encoding = EventEncoding.socketIO(
            SocketIOFormat(
                transport: outlet.transport, namespace: socket.namespace.name, hasPositions: hasPositions))
        let reader =
            reader.map { CollectionReader(after: $0, encoding, on: outlet.loop) }
            ?? CollectionReader(subscription, encoding, on: outlet.loop, feeds)
        self.reader = reader
        reader.begin(to: self)
    }

    func detached() {
        guard outlet != nil else { return }
        outlet = nil
        reader?.end()
    }

    func writabilityChanged() {
        if isWritable { reader?.becameWritable() }
    }

    func closed(_ reason: DisconnectReason) { detached() }

    // MARK: RealtimeConnection

    var isWritable: Bool { outlet?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) { outlet?.write(bytes) }

    func fail(_ error: ReadError) { outlet?.close(.forcedClose) }

    /// The client gets the disconnection from the namespace; its sockets in other namespaces stay.
    func endDelivery(_ reason: String) { socket.disconnect() }
}
