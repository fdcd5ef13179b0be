package import NIOCore
import Synchronization

/// Whether the client of an HTTP connection is still there, for requests whose work lasts.
///
/// Hummingbird's `consumeWithCancellationOnInboundClose` reads the request's body to find that out: it ends the process
/// when the client goes in the middle of a body or when a body is watched twice. Here the gate of the connection
/// (`TakeoverGate`) says when the client goes, and the body stays as it is.
package struct ClientPresence: Sendable {
    /// Tells the gate, through the pipeline, whom to tell that the client goes; `isOver`: not any more.
    struct Watch: Sendable {
        let departure: Departure
        let isOver: Bool
    }

    /// The moment in which a client goes, for one piece of work.
    final class Departure: Sendable {
        private enum State {
            case waiting(@Sendable () -> Void)
            case over
        }

        private let state: Mutex<State>

        init(_ handler: @escaping @Sendable () -> Void) { state = Mutex(.waiting(handler)) }

        /// Runs the handler; a second time does nothing. From any thread.
        func happen() {
            let handler: (@Sendable () -> Void)? = state.withLock { state in
                defer { state = .over }
                if case .waiting(let handler) = state { return handler }
                return nil
            }
            handler?()
        }
    }

    private let channel: any Channel

    /// - Parameter channel: of a connection that `TakeoverChannel` has set up.
    package init(_ channel: any Channel) { self.channel = channel }

    /// Runs `operation`, and cancels it when the client closes the connection or says that it sends nothing more.
    ///
    /// - Throws: what `operation` throws, such as `CancellationError` when it was cancelled.
    package func whilePresent<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await operation() }
        let departure = Departure { task.cancel() }
        channel.triggerUserOutboundEvent(Watch(departure: departure, isOver: false), promise: nil)
        defer { channel.triggerUserOutboundEvent(Watch(departure: departure, isOver: true), promise: nil) }
        // A connection that has ended already has no gate any more.
        if !channel.isActive { departure.happen() }
        return try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
    }
}
