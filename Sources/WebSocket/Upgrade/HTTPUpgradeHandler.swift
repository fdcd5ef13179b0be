import DequeModule
import NIOCore
import NIOHTTP1

/// Stands between the HTTP parser and Hummingbird: passes requests on, refuses requests that exceed a limit, answers
/// exchanges, and hands the connection over when the application takes a request.
///
/// Performs the steps of ``RequestSequence``. Everything runs on the connection's event loop.
final class HTTPUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let limits: ConnectionLimits
    let rejectionBody: HTTPUpgradeChannel.RejectionBody
    let decide: HTTPUpgradeChannel.Decision
    /// The handlers that are removed from the pipeline together with the gate.
    var parts: Parts?
    var context: ChannelHandlerContext?
    var sequence: RequestSequence
    /// The requests that the router has not answered to the end, in order.
    var routedRequests = Deque<RoutedRequest>()
    /// The last request of the connection, if the connection itself answers this request.
    var held: HeldRequest?
    /// The bytes after the request that took the connection over.
    var rest: ByteBuffer?
    /// The request that is being answered on the event loop.
    var exchange: HTTPExchange?
    /// An exchange that waits for its turn, before everything in the backlog.
    var waiting: WaitingExchange?
    var backlog = RequestBacklog()
    /// Whether the requests in the backlog are being handled, or must not be handled yet.
    var isProceeding = false
    /// Writes bytes past the encoder: those that the router has not sent.
    var encoderContext: ChannelHandlerContext?
    /// Whether the client has closed its sending side.
    private(set) var inputIsClosed = false
    /// The work that is cancelled when the client disconnects.
    private var watched: [ObjectIdentifier: DisconnectWatcher.Work] = [:]
    var closing: LingeringClose?
    var stallTimer: Scheduled<Void>?
    /// The number of unsent bytes when the stall timer was set; the highest number when the channel has been writable
    /// since.
    var unwrittenBytes = 0
    var timer: Scheduled<Void>?
    var timerDeadline = NIODeadline.distantFuture
    /// Whether a read was requested while the gate held reads back.
    var owesRead = false
    /// Whether further bytes from the client are discarded.
    var ignoresBytes = false
    /// Whether the router may be reading a body whose end does not come, because the connection has refused the request.
    var hasUnfinishedBody = false
    /// Whether the connection has been handed over to its new owner. The gate then passes on what is written.
    var isHandedOver = false

    init(
        limits: ConnectionLimits, rejectionBody: @escaping HTTPUpgradeChannel.RejectionBody,
        decide: @escaping HTTPUpgradeChannel.Decision, now: NIODeadline
    ) {
        self.limits = limits
        self.rejectionBody = rejectionBody
        self.decide = decide
        sequence = RequestSequence(now: now)
    }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // When a flush fails, NIO reads the remaining bytes before it closes the connection, also when the new owner
        // has flushed and the gate is still in the pipeline. Nobody answers these bytes.
        if isHandedOver { return }
        let part = Self.unwrapInboundIn(data)
        if parksParts { park(.part(part)) } else { _ = take(part) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        if held?.readsOn == true { return cut() }
        fail(error == .headerOverflow ? .headersTooLarge(limits) : .malformed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as RequestDecoder.Rest:
            rest = event.bytes
        case is ChannelShouldQuiesceEvent:
            quiesce()
        case ChannelEvent.inputClosed:
            inputClosed(context)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func inputClosed(_ context: ChannelHandlerContext) {
        inputIsClosed = true
        clientGoes()
        closing?.inputClosed()
        if held?.isTakeover == true { quiesce() }
        // Hummingbird reads nothing after this event, so the event has to wait with the parts before it.
        if exchange != nil {
            finish()
        } else if isParking {
            park(.inputClosed)
        } else if !hasUnfinishedBody {
            // For Hummingbird this event would be the end of the body.
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// Whether further bytes stay in the system's buffer, because a request waits for its turn.
    var holdsReads: Bool { !isHandedOver && (held?.isTakeover == true || isParking) }

    func read(context: ChannelHandlerContext) {
        if holdsReads {
            owesRead = true
        } else {
            context.read()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        armTimer()
        // An exchange that has not answered by the end of a read gets the body.
        if exchange != nil { askForBody() }
        // Hummingbird may have stopped reading, but the gate must notice that the client closes.
        if closing != nil { context.read() }
        context.fireChannelReadComplete()
    }

    // MARK: From the router

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isHandedOver { return context.write(data, promise: promise) }
        guard !sequence.isOver else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            sequence.responseStarted()
            if head.headers.contains(token: "close", in: "connection") { sequence.responseIsLast() }
            frame(&head)
            if sequence.nextResponseIsLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            endResponse(context, data, promise)
        }
    }

    private func endResponse(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let step = sequence.responseEnded(at: now)
        _ = routedRequests.popFirst()
        guard step == .finish else {
            context.write(data, promise: promise)
            perform(step)
            proceed()
            return armTimer()
        }
        let written = promise ?? context.eventLoop.makePromise()
        context.writeAndFlush(data, promise: written)
        linger(after: written.futureResult)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is ExpectedBody.Wanted: askForBody()
        case let watch as DisconnectWatcher.Watch: note(watch)
        default: return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
    }

    private func note(_ watch: DisconnectWatcher.Watch) {
        switch watch {
        case .begin(let work): watched[ObjectIdentifier(work)] = work
        case .end(let work): watched[ObjectIdentifier(work)] = nil
        }
        if inputIsClosed { clientGoes() }
    }

    private func clientGoes() {
        let works = watched.values
        watched = [:]
        for work in works { work.cancel() }
    }

    /// Hummingbird closes the sending side when it will answer no further request.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, !isHandedOver else { return context.close(mode: mode, promise: promise) }
        if closing == nil { linger(after: context.eventLoop.makeSucceededVoidFuture()) }
        promise?.succeed()
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { armTimer() }
    }

    func channelActive(context: ChannelHandlerContext) {
        armTimer()
        context.fireChannelActive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !isHandedOver { writabilityChanged() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientGoes()
        forgetBacklog()
        if sequence.routesBody, exchange == nil { hasUnfinishedBody = true }
        if !isHandedOver { sequence.end() }
        loseExchange()
        // For Hummingbird the end of the connection is the end of the body, and the request would take effect.
        if hasUnfinishedBody { context.fireErrorCaught(UnfinishedBody()) }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clientGoes()
        loseExchange()
        forgetBacklog()
        timer?.cancel()
        timer = nil
        stallTimer?.cancel()
        stallTimer = nil
        encoderContext = nil
        closing?.cancel()
        closing = nil
        held = nil
        parts = nil
        self.context = nil
    }
}
