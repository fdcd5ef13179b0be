import JSON
import DequeModule
import NIOCore
import WebSocket

/// The sockets of one event loop, and the operations that wait for them.
///
/// This is the loop's part of what Socket.IO calls an adapter: it keeps the tables of namespaces and rooms.
/// ```
///  tasks ── enqueue ──► LoopQueue ── wake, once for all that waits ──► advance: one operation after the other
/// ```
///
/// `@unchecked Sendable`: everything but the constants is used on `loop` only.
final class LoopAdapter: @unchecked Sendable {
    /// The number of writes after which other work of the event loop gets its turn.
    private static let writesPerTurn = 16_384

    let index: Int
    let loop: any EventLoop
    private let options: SocketIOOptions
    private weak let dispatcher: OrderedDispatcher?
    private var namespaces: [ExactText: LoopNamespace] = [:]
    private var backlog: LoopQueue.Operations = []
    /// The transfer that the operations in the backlog wait for.
    private var awaitedTransfer: LoopTransfer?
    private var writesInTurn = 0
    private var connectDeadlines = ConnectDeadlines()

    init(index: Int, loop: any EventLoop, dispatcher: OrderedDispatcher, options: SocketIOOptions) {
        self.index = index
        self.loop = loop
        self.dispatcher = dispatcher
        self.options = options
    }

    /// Schedules ``advance()``, because operations wait in the queue. May be called from any thread.
    func wake() {
        loop.execute { self.advance() }
    }

    /// Performs the waiting operations in order, for one turn.
    ///
    /// Operations are taken from the queue only when all that were taken before have been performed, so the queue's
    /// limits apply to everything that waits.
    private func advance() {
        writesInTurn = 0
        while awaitedTransfer == nil {
            if backlog.isEmpty { backlog = dispatcher?.take(for: self) ?? [] }
            guard let operation = backlog.popFirst() else { return }
            perform(operation)
            writesInTurn += 1
            guard writesInTurn < Self.writesPerTurn else {
                return LoopScheduler.on(loop).schedule(.live) { self.advance() }
            }
        }
    }

    private func perform(_ operation: LoopOperation) {
        switch operation {
        case .connect(let socket, let rooms): connect(socket, rooms)
        case .emit(let socket, let packet, let isVolatile): emit(packet, to: socket, isVolatile: isVolatile)
        case .broadcast(let broadcast): deliver(broadcast)
        case .join(let socket, let rooms): join(socket, rooms)
        case .leave(let socket, let rooms): leave(socket, rooms)
        case .disconnect(let socket, let close): socket.member?.client.disconnect(socket, close: close)
        case .perform(let work): work(self)
        case .depart(let transfer): depart(transfer)
        case .arrive(let transfer): arrive(transfer)
        case .overflow: closeAllConnections()
        }
    }

    // MARK: Packets

    private func emit(_ packet: OutgoingPacket, to socket: Socket, isVolatile: Bool) {
        guard let member = socket.member, member.phase == .connected else { return }
        guard !isVolatile || member.client.engine.isWritable else { return }
        member.write(packet)
    }

    /// Encodes consecutive broadcasts to the same sockets once, and writes them to each connection at once.
    private func deliver(_ broadcast: Broadcast) {
        var packets = [broadcast.packet]
        var bytes = broadcast.packet.byteCount
        while bytes < EncodedBatch.maximumBytes, case .broadcast(let next) = backlog.first, next.canFollow(broadcast) {
            backlog.removeFirst()
            packets.append(next.packet)
            bytes += next.packet.byteCount
        }
        var batch = EncodedBatch(packets)
        namespaces[broadcast.recipients.namespace]?.forEach(in: broadcast.recipients) { member in
            guard !broadcast.isVolatile || member.client.engine.isWritable else { return }
            if let acks = broadcast.acks, !acks.expect(member.socket) { return }
            member.write(&batch)
            writesInTurn += 1
        }
        broadcast.acks?.loopIsDone()
    }

    private func closeAllConnections() {
        let clients = namespaces.values.flatMap { $0.members.map(\.client) }
        for client in clients { client.engine.close(.transportError) }
    }

    // MARK: Tables

    private func connect(_ socket: Socket, _ rooms: [String]) {
        guard let member = socket.member, member.phase == .admitting || member.phase == .answering else { return }
        member.phase = .connected
        if socket.isRecovered {
            closeOlderConnections(of: socket)
            dispatcher?.enqueueOnAll(.perform { $0.closeOlderConnections(of: socket) })
        }
        add(member, rooms: rooms)
        member.client.connected(member)
    }

    /// Closes connections whose socket has the id of a recovered one: they are lost, but not timed out yet.
    ///
    /// If two connections recover the same id at the same time, the later one stays.
    private func closeOlderConnections(of socket: Socket) {
        for member in members(in: RecipientFilter(namespace: socket.namespace.name, rooms: [socket.id])) {
            guard member.socket.id == socket.id, member.socket.number < socket.number else { continue }
            member.client.engine.close(.transportClose)
        }
    }

    private func add(_ member: SocketMember, rooms: [String]) {
        let name = member.socket.namespace.name
        let namespace = namespaces[name] ?? LoopNamespace()
        namespaces[name] = namespace
        namespace.add(member)
        for room in rooms { namespace.join(member, room) }
    }

    func remove(_ member: SocketMember) {
        let name = member.socket.namespace.name
        guard let namespace = namespaces[name] else { return }
        namespace.remove(member)
        if namespace.members.isEmpty { namespaces[name] = nil }
    }

    /// The sockets of this loop that the filter selects.
    func members(in recipients: RecipientFilter) -> [SocketMember] {
        var members: [SocketMember] = []
        namespaces[recipients.namespace]?.forEach(in: recipients) { members.append($0) }
        return members
    }

    // MARK: Rooms

    private func join(_ socket: Socket, _ rooms: [String]) {
        defer { socket.roomOperationWasDone() }
        guard let member = socket.member, member.phase == .connected else { return }
        for room in rooms { namespaces[socket.namespace.name]?.join(member, room) }
    }

    private func leave(_ socket: Socket, _ rooms: [String]) {
        defer { socket.roomOperationWasDone() }
        guard let member = socket.member, member.phase == .connected else { return }
        for room in rooms { namespaces[socket.namespace.name]?.leave(member, room) }
    }

    /// For `socketsJoin`: a socket that is in the maximum number of rooms joins no further one.
    func join(_ rooms: [String], recipients: RecipientFilter) {
        guard let namespace = namespaces[recipients.namespace] else { return }
        for member in members(in: recipients) {
            for room in rooms where room != member.socket.id && member.memberships.count + 1 < options.maximumRooms {
                namespace.join(member, room)
            }
            member.socket.roomsWereChanged(member.memberships)
        }
    }

    /// For `socketsLeave`.
    func leave(_ rooms: [String], recipients: RecipientFilter) {
        guard let namespace = namespaces[recipients.namespace] else { return }
        for member in members(in: recipients) {
            for room in rooms { namespace.leave(member, room) }
            member.socket.roomsWereChanged(member.memberships)
        }
    }

    // MARK: Transfers

    /// Releases the sockets of a connection: all earlier operations for them have been performed.
    private func depart(_ transfer: LoopTransfer) {
        for member in transfer.client.members where member.phase == .connected {
            transfer.rooms.append((member, member.memberships.map(\.room.name)))
            remove(member)
        }
        connectDeadlines.remove(transfer.client)
        transfer.depart()
        transfer.destination.loop.execute { transfer.destination.hasDeparted(transfer) }
    }

    /// Takes the sockets of a connection over, or waits until the other loop has released them.
    private func arrive(_ transfer: LoopTransfer) {
        if transfer.hasDeparted { finish(transfer) } else { awaitedTransfer = transfer }
    }

    private func hasDeparted(_ transfer: LoopTransfer) {
        transfer.hasDeparted = true
        guard awaitedTransfer === transfer else { return }
        awaitedTransfer = nil
        finish(transfer)
        advance()
    }

    private func finish(_ transfer: LoopTransfer) {
        let client = transfer.client
        client.moved(to: self)
        // A client that was closed before it departed has no members any more.
        for (member, rooms) in transfer.rooms where member.phase == .connected { add(member, rooms: rooms) }
        if client.isOpen, client.members.isEmpty { expectConnect(of: client) }
        transfer.arrive()
    }

    // MARK: connectTimeout

    /// Closes the client when `connectTimeout` has passed, unless it has joined a namespace or its CONNECT is being
    /// decided by then.
    func expectConnect(of client: ClientConnection) {
        let deadline = NIODeadline.now() + TimeAmount(options.connectTimeout)
        if connectDeadlines.add(client, until: deadline) { setConnectTimer(deadline) }
    }

    /// The client has joined a namespace, or has been closed.
    func stopExpectingConnect(of client: ClientConnection) { connectDeadlines.remove(client) }

    private func setConnectTimer(_ deadline: NIODeadline) {
        loop.scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            let (expired, next) = connectDeadlines.expire(at: .now())
            for client in expired { client.connectIsOverdue() }
            if let next { setConnectTimer(next) }
        }
    }
}

/// The transfer of a connection from one event loop to another.
///
/// `@unchecked Sendable`: used on the old loop until the connection has departed, then on the new one.
final class LoopTransfer: @unchecked Sendable {
    let client: ClientConnection
    let destination: LoopAdapter
    /// Ends the work of the engine connection on the old loop.
    let depart: @Sendable () -> Void
    /// Starts the work of the engine connection on the new loop.
    let arrive: @Sendable () -> Void
    /// The sockets that were connected, with their rooms.
    fileprivate var rooms: [(SocketMember, [String])] = []
    /// Whether the old loop has released the connection. Used on the new loop only.
    fileprivate var hasDeparted = false

    init(
        _ client: ClientConnection, to destination: LoopAdapter,
        depart: @escaping @Sendable () -> Void, arrive: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.destination = destination
        self.depart = depart
        self.arrive = arrive
    }
}
