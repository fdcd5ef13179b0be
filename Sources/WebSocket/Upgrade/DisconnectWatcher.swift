package import NIOCore

/// Cancels the work for a request when the client of its HTTP connection disconnects.
///
/// Hummingbird's `consumeWithCancellationOnInboundClose` reads the request's body to notice that the client
/// disconnects. It ends the process when the client disconnects in the middle of a body, or when a body is watched
/// twice. Here the gate of the connection (`HTTPUpgradeHandler`) notices that the client disconnects, and nobody reads the
/// body for this.
package struct DisconnectWatcher: Sendable {
    /// An event that the gate gets through the pipeline: which work to cancel when the client disconnects.
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

    /// - Parameter channel: the channel of a connection that `HTTPUpgradeChannel` has set up.
    package init(_ channel: any Channel) { self.channel = channel }

    /// Runs `operation`, and cancels it when the client closes the connection or its sending side.
    ///
    /// - Throws: the error of `operation`, such as `CancellationError` when `operation` was cancelled.
    package func withCancellationOnDisconnect<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await operation() }
        let work = Work { task.cancel() }
        channel.triggerUserOutboundEvent(Watch.begin(work), promise: nil)
        defer { channel.triggerUserOutboundEvent(Watch.end(work), promise: nil) }
        // The gate has already been removed from a connection that has ended.
        if !channel.isActive { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
