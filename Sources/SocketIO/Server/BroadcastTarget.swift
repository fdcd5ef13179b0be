import Logging
import NIOCore
import Synchronization

/// What can be emitted to: a server's `/`, a namespace, or some of its sockets.
///
/// Everything here may be called from any task and does not wait for any client. A broadcast is encoded
/// once, whoever gets it. What one task posts here and to sockets happens in that order, and all
/// sockets see broadcasts in one order.
public protocol BroadcastTarget: Sendable {
    /// The sockets that are meant.
    var everyone: BroadcastOperator { get }
}

extension BroadcastTarget {
    /// Only those in one of these rooms, or in one that is named already.
    public func to(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.rooms += rooms
        return chosen
    }

    /// Only those in one of these rooms, or in one that is named already.
    public func `in`(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.rooms += rooms
        return chosen
    }

    /// Without those that are in one of these rooms.
    public func except(_ rooms: String...) -> BroadcastOperator {
        var chosen = everyone
        chosen.audience.excludedRooms += rooms
        return chosen
    }

    /// Drops what is emitted for clients that do not take it at once.
    public var volatile: BroadcastOperator {
        var chosen = everyone
        chosen.isVolatile = true
        return chosen
    }

    /// Emits an event to all sockets that are meant.
    ///
    /// What cannot be written as JSON, and an event of a reserved name, is not sent: an error is logged.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        everyone.post(event) { () throws(ArgumentError) in
            try EncodedArguments(repeat each arguments, maximumAttachments: everyone.server.options.maximumAttachments)
        }
    }

    /// Emits an event with the arguments of another.
    public func emit(_ event: String, arguments: Arguments) {
        everyone.post(event) { () throws(ArgumentError) in EncodedArguments(arguments) }
    }
}

extension BroadcastOperator {
    fileprivate func post(_ event: String, _ arguments: () throws(ArgumentError) -> EncodedArguments) {
        guard let packet = server.packet(event, namespace: audience.namespace, arguments) else { return }
        server.switchboard.postToAll(.broadcast(Broadcast(packet, to: audience, isVolatile: isVolatile)))
    }
}

extension BroadcastTarget {
    /// The sockets that are meant, as of this place in the order of all calls.
    public func fetchSockets() async -> [Socket] {
        let target = everyone
        return await withCheckedContinuation { continuation in
            let collector = SocketCollector(continuation)
            let audience = target.audience
            target.server.switchboard.postToAll(
                .perform { shard in
                    collector.add(shard.members(in: audience).map(\.socket))
                }
            ) { shards in collector.expect(shards: shards) }
        }
    }

    /// Makes all sockets that are meant join these rooms.
    ///
    /// One that may not be in more rooms stays where it is.
    public func socketsJoin(_ rooms: String...) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(.perform { shard in shard.join(rooms, audience: audience) })
    }

    /// Makes all sockets that are meant leave these rooms.
    public func socketsLeave(_ rooms: String...) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(.perform { shard in shard.leave(rooms, audience: audience) })
    }

    /// Ends all sockets that are meant.
    ///
    /// - Parameter close: whether their connections are closed too.
    public func disconnectSockets(close: Bool = false) {
        let audience = everyone.audience
        everyone.server.switchboard.postToAll(
            .perform { shard in
                for member in shard.members(in: audience) { member.client.dismiss(member.socket, close: close) }
            })
    }
}

extension BroadcastTarget {
    /// Emits an event to all sockets that are meant, and collects what they answer.
    ///
    /// - Parameters:
    ///   - type: what an answer's first argument is.
    ///   - timeout: how long to wait for all of them; who has not answered by then is among the missing.
    /// - Throws: `ArgumentError` when an argument cannot be written as JSON; `CancellationError`.
    public func emitWithAck<each Argument: Encodable, Value: Decodable & Sendable>(
        _ event: String, _ arguments: repeat each Argument, as type: Value.Type = Value.self,
        timeout: Duration = .seconds(10)
    ) async throws -> Answers<Value> {
        let target = everyone
        let arguments = try EncodedArguments(
            repeat each arguments, maximumAttachments: target.server.options.maximumAttachments)
        return Answers(try await target.collect(event, arguments, timeout))
    }
}

extension BroadcastOperator {
    fileprivate func collect(
        _ event: String, _ arguments: EncodedArguments, _ timeout: Duration
    ) async throws -> AckCollector.Outcome {
        guard !ReservedName.contains(event) else { throw AckFailure.reservedName }
        let answers = AckCollector(id: server.nextAckID())
        let packet = OutgoingPacket.event(event, arguments, namespace: audience.namespace, id: answers.id)
        let post = Post.broadcast(Broadcast(packet, to: audience, isVolatile: isVolatile, answers: answers))
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answers.begin(continuation)
                let timer = server.switchboard.anyLoop?.scheduleTask(in: TimeAmount(timeout)) { answers.expire() }
                server.switchboard.postToAll(post) { shards in answers.expect(shards: shards, timer: timer) }
            }
        } onCancel: {
            answers.expire()
        }
        try Task.checkCancellation()
        return outcome
    }
}

extension Answers where Value: Decodable {
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

/// Some of a namespace's sockets, and how to emit to them.
///
/// ```swift
/// io.to("news").except("quiet").emit("headline", text)
/// socket.broadcast.volatile.emit("cursor", x, y)
/// ```
public struct BroadcastOperator: Sendable {
    let server: SocketIOServer
    var audience: Audience
    var isVolatile = false

    init(_ server: SocketIOServer, _ audience: Audience) {
        self.server = server
        self.audience = audience
    }
}

extension BroadcastOperator: BroadcastTarget {
    public var everyone: BroadcastOperator { self }
}

/// What the sockets of a broadcast have answered.
public struct Answers<Value: Sendable>: Sendable {
    /// The answers by the ids of the sockets that gave them.
    public let bySocket: [String: Value]
    /// The ids of the sockets that did not answer in time, were disconnected, or answered something that
    /// is not a `Value`.
    public let missing: [String]

    /// The answers, in no particular order.
    public var values: [Value] { Array(bySocket.values) }
}

/// Brings together the sockets which the shards find.
final class SocketCollector: Sendable {
    private struct State {
        var shards = 0
        var sockets: [Socket] = []
    }

    private let state = Mutex(State())
    private let continuation: CheckedContinuation<[Socket], Never>

    init(_ continuation: CheckedContinuation<[Socket], Never>) { self.continuation = continuation }

    func expect(shards: Int) {
        state.withLock { $0.shards = shards }
        if shards == 0 { continuation.resume(returning: []) }
    }

    func add(_ sockets: [Socket]) {
        let all = state.withLock { state -> [Socket]? in
            state.sockets += sockets
            state.shards -= 1
            return state.shards == 0 ? state.sockets : nil
        }
        if let all { continuation.resume(returning: all) }
    }
}
