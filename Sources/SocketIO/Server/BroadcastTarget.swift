import Logging
import NIOCore
import Synchronization

/// A set of sockets to emit to: those of a server's `/`, of a namespace, or some of its sockets.
///
/// All calls may be made from any task, and none waits for a client. A broadcast is encoded once, not once for each
/// socket. The calls of one task, here and on sockets, take effect in the order in which the task makes them, and
/// all sockets get broadcasts in the same order. See <doc:RoomsAndBroadcasts>.
public protocol BroadcastTarget: Sendable {
    /// All sockets of the target.
    var everyone: BroadcastOperator { get }
}

/// Some sockets of a namespace, and how events are emitted to them.
///
/// ```swift
/// io.to("news").except("muted").emit("headline", text)
/// socket.broadcast.volatile.emit("cursor", x, y)
/// ```
public struct BroadcastOperator: BroadcastTarget {
    fileprivate let server: SocketIOServer
    fileprivate var recipients: RecipientFilter
    fileprivate var isVolatile = false

    init(_ server: SocketIOServer, _ recipients: RecipientFilter) {
        self.server = server
        self.recipients = recipients
    }

    /// The same sockets.
    public var everyone: BroadcastOperator { self }

    /// Without the sockets in any of these rooms.
    func excluding(_ rooms: [String]) -> BroadcastOperator {
        var target = self
        target.recipients.excludedRooms += rooms
        return target
    }

    /// Only the sockets in any of these rooms or of the rooms named before.
    func limited(to rooms: [String]) -> BroadcastOperator {
        var target = self
        target.recipients.rooms += rooms
        return target
    }
}

// MARK: - Choosing sockets

extension BroadcastTarget {
    /// The sockets in any of these rooms, or in any room named by an earlier `to` or `in`.
    public func to(_ rooms: String...) -> BroadcastOperator { everyone.limited(to: rooms) }

    /// The sockets in any of these rooms, or in any room named by an earlier `to` or `in`.
    public func `in`(_ rooms: String...) -> BroadcastOperator { everyone.limited(to: rooms) }

    /// All sockets except those in any of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator { everyone.excluding(rooms) }

    /// The same sockets; events are dropped for clients that are not writable at that moment.
    public var volatile: BroadcastOperator {
        var target = everyone
        target.isVolatile = true
        return target
    }
}

// MARK: - Emitting

extension BroadcastTarget {
    /// Emits an event to all sockets of the target.
    ///
    /// An event whose arguments cannot be written as JSON, or whose name is reserved, is not sent; an error is logged.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        everyone.broadcast(event) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: everyone.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another one, which are not decoded.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments, as they were received.
    public func emit(_ event: String, arguments: Arguments) {
        everyone.broadcast(event) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }

    /// Emits an event to all sockets of the target, and collects their acknowledgements.
    ///
    /// - Parameters:
    ///   - event: the event's name.
    ///   - arguments: the arguments; each `Data` in them is sent as a binary attachment.
    ///   - type: the type of the first argument of each acknowledgement.
    ///   - timeout: the time in which all sockets have to answer.
    /// - Returns: the answers, and the ids of the sockets that did not answer in time.
    /// - Throws: ``ArgumentError`` when an argument cannot be written as JSON; ``AckFailure/reservedName``;
    ///   `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Value: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument, as type: Value.Type = Value.self,
        timeout: Duration = .seconds(10)
    ) async throws -> AckResponses<Value> {
        let target = everyone
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: target.server.options.maximumAttachments)
        return AckResponses(try await target.collectAcks(event, arguments, timeout))
    }
}

extension BroadcastOperator {
    fileprivate func broadcast(_ event: String, _ arguments: () throws(ArgumentError) -> EncodedArguments) {
        guard let packet = server.packet(event, namespace: recipients.namespace, arguments) else { return }
        server.dispatcher.enqueueOnAll(.broadcast(Broadcast(packet, to: recipients, isVolatile: isVolatile)))
    }

    fileprivate func collectAcks(
        _ event: String, _ arguments: EncodedArguments, _ timeout: Duration
    ) async throws -> AckCollector.Outcome {
        guard !ReservedName.contains(event) else { throw AckFailure.reservedName }
        let acks = AckCollector(id: server.nextAckID())
        let packet = OutgoingPacket.event(event, arguments, namespace: recipients.namespace, id: acks.id)
        let broadcast = Broadcast(packet, to: recipients, isVolatile: isVolatile, acks: acks)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                acks.begin(continuation)
                let timer = server.dispatcher.anyLoop?.scheduleTask(in: TimeAmount(timeout)) { acks.expire() }
                server.dispatcher.enqueueOnAll(.broadcast(broadcast)) { acks.expect(loops: $0, timer: timer) }
            }
        } onCancel: {
            acks.expire()
        }
        try Task.checkCancellation()
        return outcome
    }
}

/// The acknowledgements of a broadcast.
public struct AckResponses<Value: Sendable>: Sendable {
    /// The answers by the ids of the sockets that sent them.
    public let bySocket: [String: Value]
    /// The ids of the sockets that did not answer in time, were disconnected, or sent an answer that cannot be decoded
    /// as a `Value`.
    public let missing: [String]

    /// The answers, in no particular order.
    public var values: [Value] { Array(bySocket.values) }
}

extension AckResponses where Value: Decodable {
    fileprivate init(_ outcome: AckCollector.Outcome) {
        var bySocket: [String: Value] = [:]
        var missing = outcome.missing
        for (socket, arguments) in outcome.answers {
            if let value = try? arguments.decode(Value.self, at: 0) {
                bySocket[socket] = value
            } else {
                missing.append(socket)
            }
        }
        self.init(bySocket: bySocket, missing: missing)
    }
}

// MARK: - Sockets

extension BroadcastTarget {
    /// Returns the sockets of the target, as of this call's position in the order of all calls.
    public func fetchSockets() async -> [Socket] {
        let target = everyone
        return await withCheckedContinuation { continuation in
            let collector = SocketCollector(continuation)
            let recipients = target.recipients
            target.server.dispatcher.enqueueOnAll(
                .perform { adapter in collector.add(adapter.members(in: recipients).map(\.socket)) }
            ) { loops in collector.expect(loops: loops) }
        }
    }

    /// Makes all sockets of the target join these rooms.
    ///
    /// A socket that is in ``SocketIOOptions/maximumRooms`` rooms joins no further one.
    public func socketsJoin(_ rooms: String...) {
        let recipients = everyone.recipients
        everyone.server.dispatcher.enqueueOnAll(.perform { $0.join(rooms, recipients: recipients) })
    }

    /// Makes all sockets of the target leave these rooms.
    public func socketsLeave(_ rooms: String...) {
        let recipients = everyone.recipients
        everyone.server.dispatcher.enqueueOnAll(.perform { $0.leave(rooms, recipients: recipients) })
    }

    /// Disconnects all sockets of the target.
    ///
    /// - Parameter close: whether their connections are closed too, with the clients' sockets in other namespaces.
    public func disconnectSockets(close: Bool = false) {
        let recipients = everyone.recipients
        everyone.server.dispatcher.enqueueOnAll(
            .perform { adapter in
                for member in adapter.members(in: recipients) { member.client.disconnect(member.socket, close: close) }
            })
    }
}

/// Collects the sockets that the event loops find.
private final class SocketCollector: Sendable {
    private struct State {
        var loops = 0
        var sockets: [Socket] = []
    }

    private let state = Mutex(State())
    private let continuation: CheckedContinuation<[Socket], Never>

    init(_ continuation: CheckedContinuation<[Socket], Never>) { self.continuation = continuation }

    func expect(loops: Int) {
        state.withLock { $0.loops = loops }
        if loops == 0 { continuation.resume(returning: []) }
    }

    func add(_ sockets: [Socket]) {
        let all = state.withLock { state -> [Socket]? in
            state.sockets += sockets
            state.loops -= 1
            return state.loops == 0 ? state.sockets : nil
        }
        if let all { continuation.resume(returning: all) }
    }
}
