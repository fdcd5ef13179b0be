import EventLog
import Inspection
import NIOCore
import SocketIO

/// One socket of a namespace of the log: events out of it, commands into it.
///
/// Moves with its connection from one event loop to another, and with it the
/// offset from which the hub there goes on.
final class LogSocket: SocketBackend, Subscriber.Connection {
    private let delivery: Delivery
    private let filter: EventFilter
    private let namespace: String
    private let hasPositions: Bool
    private let start: StartPoint
    /// What the application adds to the socket.
    private let participant: (any SocketParticipant)?
    /// Nil while there is no outlet.
    private var outlet: SocketOutlet?
    /// The last one, which has the offset to go on from.
    private var subscriber: Subscriber?

    /// - Parameters:
    ///   - start: what the client has.
    ///   - hasPositions: whether each event ends with its position.
    init(
        socket: Socket, commands: any CommandPerformer, delivery: Delivery, filter: EventFilter, start: StartPoint,
        hasPositions: Bool, participant: (any SocketParticipant)? = nil
    ) {
        let commands = SocketCommands(socket: socket, commands: commands, participant: participant)
        socket.onAny { event in await commands.receive(event) }
        namespace = socket.namespace.name
        self.delivery = delivery
        self.filter = filter
        self.start = start
        self.hasPositions = hasPositions
        self.participant = participant
    }

    private func hub(_ outlet: SocketOutlet) -> Hub { delivery.hub(of: outlet.loop) }

    // MARK: The socket's side

    func attached(_ outlet: SocketOutlet) {
        self.outlet = outlet
        let form = SocketIOForm(transport: outlet.transport, namespace: namespace, hasPositions: hasPositions)
        let earlier = subscriber
        let subscriber = Subscriber(kind: ChunkKind(filter: filter, encoding: .socketIO(form)), connection: self)
        self.subscriber = subscriber
        if let earlier, earlier.hasBegun {
            subscriber.isReplayed = earlier.isReplayed
            hub(outlet).add(subscriber, at: ResolvedStart(after: earlier.offset))
        } else {
            hub(outlet).add(subscriber, from: start)
        }
        // Nothing could be written to it while it moved.
        participant?.becameWritable()
    }

    func detached() {
        guard let outlet, let subscriber else { return }
        self.outlet = nil
        hub(outlet).remove(subscriber)
    }

    func writabilityChanged() {
        guard let outlet, let subscriber, outlet.isWritable else { return }
        hub(outlet).becameWritable(subscriber)
        participant?.becameWritable()
    }

    func closed(_ reason: DisconnectReason) {
        detached()
        participant?.closed()
    }

    // MARK: The hub's side

    var isWritable: Bool { outlet?.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        guard let outlet else { return }
        outlet.write(bytes)
        if let participant, let subscriber, subscriber.isReplayed {
            participant.delivered(through: hub(outlet).given(subscriber))
        }
    }

    func fail(_ error: ReadError) { outlet?.close(.forcedClose) }
}
