package import NIOCore

/// Cancels the work for a request when the client of its HTTP connection disconnects.
///
/// Hummingbird's `consumeWithCancellationOnInboundClose` reads the request's body to notice that the client
/// disconnects. It ends the process when the client disconnects in the middle of a body, or when a body is watched
/// twice. Here the connection's `DisconnectHandler` notices that the client disconnects, and nobody reads the body
/// for this.
package struct DisconnectWatcher: Sendable {
    /// An event that the handler gets through the pipeline: which work to cancel when the client disconnects.
    enum Event: Sendable {
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
        channel.triggerUserOutboundEvent(Event.begin(work), promise: nil)
        defer { channel.triggerUserOutboundEvent(Event.end(work), promise: nil) }
        // The handler has already been removed from a connection that has ended.
        if !channel.isActive { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

/// Cancels the watched work of one connection when the client closes the connection or its sending side.
final class DisconnectHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    private var works: [ObjectIdentifier: DisconnectWatcher.Work] = [:]
    private var inputIsClosed = false

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case DisconnectWatcher.Event.begin(let work): works[ObjectIdentifier(work)] = work
        case DisconnectWatcher.Event.end(let work): works[ObjectIdentifier(work)] = nil
        default: return context.triggerUserOutboundEvent(event, promise: promise)
        }
        if inputIsClosed { cancelAll() }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputIsClosed = true
            cancelAll()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelAll()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelAll() }

    private func cancelAll() {
        // A cancellation may lead to another event.
        let cancelled = works.values
        works = [:]
        for work in cancelled { work.cancel() }
    }
}
