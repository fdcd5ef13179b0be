import EventLog
import Inspection
import NIOCore
import SocketIO

/// One socket of a namespace of the log: events are delivered to it, and commands are received from it.
///
/// Belongs to the event loop of the socket's connection, and moves with the connection to another loop. The delivery
/// then continues at the hub of that loop, after the last event that was delivered.
final class LogSocket: SocketBackend, Subscriber.Connection {
    private let delivery: Delivery
    private let filter: EventFilter
    private let namespace: String
    private let hasPositions: Bool
    private let start: StartPoint
    /// What the application adds to the socket.
    private let participant: (any SocketParticipant)?
    /// Writes to the connection; nil while the socket is not attached to a transport.
    private var outlet: SocketOutlet?
    /// The newest subscriber. After the socket was detached it has the offset at which the delivery continues.
    private var subscriber: Subscriber?

    /// - Parameters:
    ///   - start: where the delivery begins.
    ///   - hasPositions: whether each event ends with its position.
    init(
        socket: Socket, commands: any CommandPerformer, delivery: Delivery, filter: EventFilter, start: StartPoint,
        hasPositions: Bool, participant: (any SocketParticipant)? = nil
    ) {
        SocketCommandHandler.install(on: socket, commands, participant: participant)
        namespace = socket.namespace.name
        self.delivery = delivery
        self.filter = filter
        self.start = start
        self.hasPositions = hasPositions
        self.participant = participant
    }

    // MARK: SocketBackend

    func attached(_ outlet: SocketOutlet) {
        self.outlet = outlet
        let format = SocketIOFormat(transport: outlet.transport, namespace: namespace, hasPositions: hasPositions)
        let earlier = subscriber
        let subscriber = Subscriber(
            kind: ChunkKind(filter: filter, encoding: .socketIO(format)), connection: self,
            hub: delivery.hub(of: outlet.loop))
        self.subscriber = subscriber
        if let earlier {
            subscriber.begin(after: earlier, or: start)
        } else {
            subscriber.begin(from: start)
        }
        // Nothing could be written while the socket was detached.
        participant?.becameWritable()
    }

    func detached() {
        guard outlet != nil, let subscriber else { return }
        outlet = nil
        subscriber.end()
    }

    func writabilityChanged() {
        guard let outlet, let subscriber, outlet.isWritable else { return }
        subscriber.becameWritable()
        participant?.becameWritable()
    }

    func closed(_ reason: DisconnectReason) {
        detached()
        participant?.closed()
    }

    // MARK: Subscriber.Connection

    var isWritable: Bool { outlet?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        guard let outlet else { return }
        outlet.write(bytes)
        if let participant, let subscriber, subscriber.isReplayed {
            participant.delivered(through: subscriber.deliveredOffset)
        }
    }

    func fail(_ error: ReadError) { outlet?.close(.forcedClose) }
}
