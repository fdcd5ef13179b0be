import NIOCore
import Synchronization

/// Gives the operations of all tasks to the event loops, in one order.
///
/// A single lock guards the queues of all loops and the assignments of all connections. Every operation has
/// one position in one order, and each ``LoopAdapter`` performs its part of the operations in that order.
/// Therefore a socket gets every broadcast that was enqueued after its CONNECT or `join` exactly once, and
/// a task's calls take effect in the order in which the task made them.
///
/// A connection that moves from loop A to loop B does so at one position of that order:
///
/// ```
///  order    … 5 6 [transfer] 7 8 …
///  A        performs 5, 6 for the socket; releases it ──┐
///  B        performs 5, 6 for others; waits ────────────┴► takes the socket over; performs 7, 8
/// ```
///
/// While B waits, only its queue stands still, not its event loop, and A never waits for B at that position.
/// The first of all unfinished transfers can always proceed, so loops cannot wait for each other in a circle.
final class OrderedDispatcher: Sendable {
    private struct State {
        var queues: [LoopQueue] = []
        /// The index of each loop's queue.
        var indexes: [ObjectIdentifier: Int] = [:]
        /// Whether the server has closed: its loops may no longer exist.
        var isClosed = false

        /// - Returns: the adapter, if it has to be woken.
        mutating func append(_ operation: LoopOperation, to index: Int) -> LoopAdapter? {
            queues[index].append(operation) ? queues[index].adapter : nil
        }
    }

    private let state = Mutex(State())
    private let options: SocketIOOptions

    init(_ options: SocketIOOptions) { self.options = options }

    /// The adapter of an event loop; created at the first call for that loop.
    func adapter(of loop: any EventLoop) -> LoopAdapter {
        state.withLock { state in
            if let index = state.indexes[ObjectIdentifier(loop)] { return state.queues[index].adapter }
            let adapter = LoopAdapter(index: state.queues.count, loop: loop, dispatcher: self, options: options)
            state.indexes[ObjectIdentifier(loop)] = adapter.index
            state.queues.append(LoopQueue(of: adapter))
            return adapter
        }
    }

    /// The event loop that serves a connection now.
    func loop(of assignment: LoopAssignment) -> any EventLoop {
        state.withLock { $0.queues[assignment.adapterIndex].adapter.loop }
    }

    /// One of the event loops; nil until the first client has connected.
    var anyLoop: (any EventLoop)? {
        state.withLock { $0.queues.first?.adapter.loop }
    }

    /// Enqueues an operation for the loop of one connection.
    func enqueue(_ operation: LoopOperation, for assignment: LoopAssignment) {
        let asleep = state.withLock { state in
            state.isClosed ? nil : state.append(operation, to: assignment.adapterIndex)
        }
        asleep?.wake()
    }

    /// Enqueues an operation for all loops, at the same position of the order for all of them.
    ///
    /// - Parameter willEnqueue: receives the number of loops, before any of them can perform the operation.
    func enqueueOnAll(_ operation: LoopOperation, willEnqueue: (Int) -> Void = { _ in }) {
        let asleep = state.withLock { state -> [LoopAdapter] in
            willEnqueue(state.isClosed ? 0 : state.queues.count)
            guard !state.isClosed else { return [] }
            return state.queues.indices.compactMap { state.append(operation, to: $0) }
        }
        for adapter in asleep { adapter.wake() }
    }

    /// Assigns a connection to another loop.
    func enqueue(_ transfer: LoopTransfer, for assignment: LoopAssignment) {
        let asleep = state.withLock { state in
            let source = state.append(.depart(transfer), to: assignment.adapterIndex)
            assignment.adapterIndex = transfer.destination.index
            let destination = state.append(.arrive(transfer), to: assignment.adapterIndex)
            return [source, destination].compactMap(\.self)
        }
        for adapter in asleep { adapter.wake() }
    }

    /// Ignores all later operations. Call this when no connection is left.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Removes and returns the operations that wait for a loop.
    func take(for adapter: LoopAdapter) -> LoopQueue.Operations {
        state.withLock { $0.queues[adapter.index].take() }
    }
}

/// The event loop that serves a connection. The connection and its sockets share this object.
final class LoopAssignment: Sendable {
    /// The index of the adapter that gets the operations enqueued now; guarded by the dispatcher's lock.
    nonisolated(unsafe) fileprivate(set) var adapterIndex: Int
    private let isOnWebSocket: Atomic<Bool>

    init(_ adapter: LoopAdapter, transport: Transport) {
        adapterIndex = adapter.index
        isOnWebSocket = Atomic(transport == .webSocket)
    }

    /// The transport as of the last upgrade. May be used from any thread.
    var transport: Transport {
        get { isOnWebSocket.load(ordering: .relaxed) ? .webSocket : .polling }
        set { isOnWebSocket.store(newValue == .webSocket, ordering: .relaxed) }
    }
}
