package import NIOCore

/// Whether the client of an HTTP connection is still there, for requests whose work lasts.
///
/// Hummingbird's `consumeWithCancellationOnInboundClose` reads the request's body to find that out: it ends the process
/// when the client goes in the middle of a body or when a body is watched twice. Here the gate of the connection
/// (`TakeoverGate`) says when the client goes, and the body stays as it is.
package struct ClientPresence: Sendable {
    /// Tells the gate, through the pipeline, which work it has to cancel when the client goes.
    enum Watch: Sendable {
        case begin(Work)
        case end(Work)
    }

    /// The work for one request.
    final class Work: Sendable {
        /// May be called from any thread and more than once.
        let cancel: @Sendable () -> Void

        init(cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }
    }

    private let channel: any Channel

    /// - Parameter channel: of a connection that `TakeoverChannel` has set up.
    package init(_ channel: any Channel) { self.channel = channel }

    /// Runs `operation`, and cancels it when the client closes the connection or says that it sends nothing more.
    ///
    /// - Throws: what `operation` throws, such as `CancellationError` when it was cancelled.
    package func whilePresent<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await operation() }
        let work = Work { task.cancel() }
        channel.triggerUserOutboundEvent(Watch.begin(work), promise: nil)
        defer { channel.triggerUserOutboundEvent(Watch.end(work), promise: nil) }
        // A connection that has ended already has no gate any more.
        if !channel.isActive { task.cancel() }
        return try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
    }
}
