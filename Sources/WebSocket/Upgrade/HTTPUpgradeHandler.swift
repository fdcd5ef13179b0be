import NIOCore
import NIOHTTP1

/// The error that a request's body throws when the client has closed the connection, or has sent bytes that are not
/// HTTP, before the end of the body.
public struct UnfinishedBody: Error {}

/// Passes the requests of a connection to Hummingbird's router, rejects requests that exceed a limit, answers exchanges,
/// and hands the connection over when a request becomes a WebSocket or a stream.
///
/// Who owns whom; everything belongs to the event loop of the connection, and what is marked (pure) does no I/O:
/// ```
///  HTTPUpgradeHandler ─┬─► RequestSequence    which response is due, which deadline runs    (pure)
///                      ├─► ResponseFraming    where the body of a router's response ends    (pure)
///                      ├─► RequestBacklog     pipelined requests that wait for an exchange  (pure)
///                      ├─► HeldRequestState   the upgrade or rejection that comes last      (pure)
///                      ├─► HTTPHandlers ────► RequestLimitHandler (timers), RequestDecoder, DisconnectHandler
///                      ├─► HTTPExchange ────► HTTPExchangeDelegate, while the exchange is unanswered
///                      └─► LingeringClose     after the last response
/// ```
/// Where a request goes:
/// ```
///   head ──┬─► router: passed on ─► response ends ─► next request
///          ├─► exchange: waits for earlier responses ─► opened ─► answered ─► next request
///          ├─► upgrade: held ─ earlier responses end ─► decoder removed ─► WebSocketConnection or StreamConnection
///          └─► rejection: held, or written at once ─► LingeringClose ─► closed
/// ```
/// A response with `Connection: close`, a shutdown and the client's end lead to LingeringClose after the last response.
/// While requests wait for an exchange, or an upgrade is held, nothing more is read from the socket.
final class HTTPUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What is known about the bytes that the client sends.
    private struct Input {
        /// Whether the client has closed its sending side.
        var isClosed = false
        /// Whether further bytes are discarded.
        var isIgnored = false
        /// Whether a read was requested while reads were held back.
        var owesRead = false
        /// Whether the router may be reading a body whose end does not come, because the request was rejected.
        var hasUnfinishedBody = false
    }

    private let limits: ConnectionLimits
    private let rejectionBody: HTTPUpgradeChannel.RejectionBody
    private let decide: HTTPUpgradeChannel.Decision
    private var context: ChannelHandlerContext?
    /// Set before the first byte is read.
    private var handlers: HTTPHandlers?
    private var input = Input()
    private var sequence: RequestSequence
    private var framing = ResponseFraming()
    private var backlog = RequestBacklog()
    private var held = HeldRequestState()
    /// The exchange that has been opened and not answered.
    private var exchange: HTTPExchange?
    private var closing: LingeringClose?

    init(
        limits: ConnectionLimits, rejectionBody: @escaping HTTPUpgradeChannel.RejectionBody,
        decide: @escaping HTTPUpgradeChannel.Decision, now: NIODeadline
    ) {
        self.limits = limits
        self.rejectionBody = rejectionBody
        self.decide = decide
        sequence = RequestSequence(now: now)
    }

    private var attached: ChannelHandlerContext {
        guard let context else { preconditionFailure("the handler is not in a pipeline") }
        return context
    }

    private var channel: any Channel { attached.channel }

    private var now: NIODeadline { attached.eventLoop.now }

    // MARK: Pipeline

    /// The handlers around this one have been added to the pipeline.
    func attach(_ handlers: HTTPHandlers) {
        self.handlers = handlers
        if channel.isActive { setDeadline() }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        setDeadline()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        backlog.removeAll()
        if sequence.routesBody, exchange == nil { input.hasUnfinishedBody = true }
        if !held.isUpgraded { sequence.end() }
        abandonExchange()
        // For Hummingbird the end of the connection is the end of the body, and the request would take effect.
        if input.hasUnfinishedBody { context.fireErrorCaught(UnfinishedBody()) }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        abandonExchange()
        backlog.removeAll()
        closing?.cancel()
        closing = nil
        held.drop()
        handlers = nil
        self.context = nil
    }

    // MARK: From the client

    /// Whether the bytes that arrive are discarded.
    var ignoresBytes: Bool { input.isIgnored }

    /// Starts the time limits of a request if its first bytes have arrived.
    ///
    /// - Returns: whether a request begins with the bytes that have arrived.
    func bytesArrived() -> Bool {
        guard sequence.expectsRequest else { return false }
        sequence.bytesArrived(at: now)
        return true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // When a flush fails, NIO reads the remaining bytes before it closes the connection, also when the handler of
        // the upgrade has flushed and this handler is still in the pipeline. Nobody answers these bytes.
        if held.isUpgraded { return }
        let part = Self.unwrapInboundIn(data)
        if exchange?.requestHasEnded == true || backlog.isBlocking { park(.part(part)) } else { _ = handle(part) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        if held.needsFurtherBytes { return closeNow() }
        reject(error == .headerOverflow ? .headersTooLarge(limits) : .malformed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as RequestDecoder.UnparsedBytes: held.decoderLeft(event.bytes)
        case is ChannelShouldQuiesceEvent: quiesce()
        case ChannelEvent.inputClosed: inputClosed(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func inputClosed(_ context: ChannelHandlerContext) {
        input.isClosed = true
        closing?.inputClosed()
        if held.upgrade != nil { quiesce() }
        // Hummingbird reads nothing after this event, so the event has to wait with the parts before it.
        if exchange != nil {
            finish()
        } else if backlog.isBlocking {
            park(.inputClosed)
        } else if !input.hasUnfinishedBody {
            // For Hummingbird this event would be the end of the body.
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// Whether further bytes stay in the system's buffer, because a request waits for earlier responses.
    private var holdsReads: Bool { !held.isUpgraded && (held.upgrade != nil || backlog.isBlocking) }

    func read(context: ChannelHandlerContext) {
        if holdsReads { input.owesRead = true } else { context.read() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        setDeadline()
        // An exchange that has not answered by the end of a read gets the body.
        if exchange != nil { sendContinue() }
        // Hummingbird may have stopped reading, but this handler must notice that the client closes.
        if closing != nil { context.read() }
        context.fireChannelReadComplete()
    }

    /// Handles the next part of the request whose turn it is.
    ///
    /// - Returns: whether the router got the part.
    private func handle(_ part: HTTPServerRequestPart) -> Bool {
        switch part {
        case .head(let head):
            guard let routed = handle(head) else { return false }
            return route(.head(routed))
        case .body(let bytes):
            sequence.bodyArrived()
            guard let exchange else { return sequence.routesBody && route(part) }
            exchange.receive(bytes)
            return false
        case .end:
            guard let exchange else {
                let isRouted = sequence.routesBody && route(part)
                perform(sequence.requestEnded())
                return isRouted
            }
            endRequest(of: exchange)
            return false
        }
    }

    private func route(_ part: HTTPServerRequestPart) -> Bool {
        context?.fireChannelRead(Self.wrapInboundOut(part))
        return true
    }

    /// - Returns: the head for the router, or nil when the router does not get the request.
    private func handle(_ received: HTTPRequestHead) -> HTTPRequestHead? {
        guard sequence.acceptsRequests else {
            // The parser took the first frames of a WebSocket for a request, so these frames are lost.
            if held.needsFurtherBytes { closeNow() } else { sequence.ignored(at: now) }
            return nil
        }
        switch RequestRoute(received, limits, decide, channel) {
        case .router(let head):
            sequence.routed(isLast: head.endsConnection, awaitsContinue: head.expectsContinue, at: now)
            framing.requestRouted(head)
            return head
        case .exchange(let exchange):
            openOrHold(exchange)
        case .held(.rejection(let rejection)):
            rejectNow(rejection)
        case .held(.upgrade(let upgrade)):
            held.hold(.upgrade(upgrade))
            sequence.held(at: now)
        }
        return nil
    }

    // MARK: From the router

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if held.isUpgraded { return context.write(data, promise: promise) }
        guard !sequence.isOver else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            sequence.responseStarted()
            if head.headers.contains(token: "close", in: "connection") { sequence.responseIsLast() }
            if framing.frame(&head, isLast: sequence.nextResponseIsLast) { sequence.responseIsLast() }
            context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            endResponse(context, data, promise)
        }
    }

    private func endResponse(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let step = sequence.responseEnded(at: now)
        framing.responseEnded()
        guard step == .finish else {
            context.write(data, promise: promise)
            perform(step)
            drainBacklog()
            return setDeadline()
        }
        let written = promise ?? context.eventLoop.makePromise()
        context.writeAndFlush(data, promise: written)
        linger(after: written.futureResult)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ExpectedBody.Wanted else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        sendContinue()
        promise?.succeed()
    }

    /// Hummingbird closes the sending side when it will answer no further request.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, !held.isUpgraded else { return context.close(mode: mode, promise: promise) }
        if closing == nil { linger(after: context.eventLoop.makeSucceededVoidFuture()) }
        promise?.succeed()
    }

    /// Sends `100 Continue` if the client may wait for it and the response to its request is the next one.
    private func sendContinue() {
        if sequence.bodyIsWanted() { writeBytes(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")) }
    }

    /// Writes bytes past the response encoder, which frames only the router's responses.
    private func writeBytes(_ first: ByteBuffer, _ second: ByteBuffer? = nil, promise: EventLoopPromise<Void>? = nil) {
        guard let handlers else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        handlers.write(first, second, promise: promise)
    }

    // MARK: Exchanges

    /// Whether an exchange may open: everything before it is answered, and the client keeps up with the responses.
    /// Otherwise a client that sends requests and reads no responses would fill the server's memory.
    private var exchangeMayOpen: Bool {
        sequence.pending == 0 && sequence.acceptsRequests && context?.channel.isWritable == true
    }

    private func openOrHold(_ exchange: PendingExchange) {
        if exchangeMayOpen { return open(exchange) }
        backlog.hold(exchange)
        sequence.parked()
    }

    private func open(_ pending: PendingExchange) {
        let head = pending.head
        sequence.routed(isLast: head.endsConnection, awaitsContinue: head.expectsContinue, at: now)
        let exchange = HTTPExchange(
            head, channel: channel, delegate: pending.makeDelegate(channel), handler: self)
        self.exchange = exchange
        exchange.open()
    }

    private func endRequest(of exchange: HTTPExchange) {
        perform(sequence.requestEnded())
        exchange.endRequest()
        // The client has closed its sending side: only a response that needs no waiting is still sent.
        if input.isClosed, self.exchange != nil { finish() }
    }

    /// Writes the response to the open exchange: one flush, and one buffer if the response is small.
    ///
    /// - Returns: what `answered` has to do after the exchange's delegate has been informed.
    func write(_ response: HTTPExchangeResponse, to exchange: HTTPExchange, close: Bool) -> RequestSequence.Step {
        self.exchange = nil
        if close || exchange.hasUnreadBody { sequence.responseIsLast() }
        if !exchange.requestHasEnded { sequence.bodyIgnored() }
        let (first, second) = response.bytes(for: exchange.head, isLast: sequence.nextResponseIsLast)
        let step = sequence.responseEnded(at: now)
        let written = step == .finish ? channel.eventLoop.makePromise(of: Void.self) : nil
        // A write may make the channel writable at once, before the delegate knows that this exchange is over.
        let wasDraining = backlog.isDraining
        backlog.isDraining = true
        writeBytes(first, second, promise: written)
        backlog.isDraining = wasDraining
        if let written { linger(after: written.futureResult) }
        return step
    }

    /// The delegate of an answered exchange has been informed: handles the requests after the exchange.
    func answered(_ step: RequestSequence.Step) {
        guard context != nil, !sequence.isOver else { return }
        if step == .performHeld { perform(step) }
        setDeadline()
        drainBacklog()
    }

    private func abandonExchange() {
        let abandoned = exchange
        exchange = nil
        abandoned?.abandon()
    }

    // MARK: Backlog

    private func park(_ item: RequestBacklog.Item) {
        guard backlog.append(item) else { return closeNow() }
        sequence.parked()
    }

    /// Handles what waits, as far as its turn has come.
    ///
    /// Only the outermost call does this: a delegate that answers at once leads to a call from inside.
    private func drainBacklog() {
        guard !backlog.isDraining, !backlog.isEmpty else { return }
        backlog.isDraining = true
        let isRouted = handleBacklog()
        backlog.isDraining = false
        if sequence.isOver { backlog.removeAll() }
        guard let context else { return }
        // Hummingbird gets what was read only at the end of a read.
        if isRouted { context.fireChannelReadComplete() }
        if exchange != nil { sendContinue() }
        setDeadline()
        guard input.owesRead, !holdsReads else { return }
        input.owesRead = false
        context.read()
    }

    /// - Returns: whether the router got anything.
    private func handleBacklog() -> Bool {
        var isRouted = false
        while !sequence.isOver,
            let next = backlog.next(
                exchangeMayOpen: exchangeMayOpen, isAnswerDue: exchange?.requestHasEnded == true)
        {
            switch next {
            case .exchange(let exchange): open(exchange)
            case .item(.part(let part)): if handle(part) { isRouted = true }
            case .item(.failure(let rejection)): rejectNow(rejection)
            case .item(.inputClosed): context?.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        }
        return isRouted
    }

    // MARK: Rejections and upgrades

    /// The request line is longer than its limit.
    func rejectTarget() { reject(.targetTooLong(limits.targetBytes)) }

    /// Answers with a rejection, after the responses to all requests before, and closes the connection.
    private func reject(_ rejection: RequestRejection) {
        guard backlog.isBlocking else { return rejectNow(rejection) }
        input.isIgnored = true
        park(.failure(rejection))
    }

    /// Answers with a rejection as soon as the order of the responses allows it, and closes the connection; without an
    /// answer when another response has begun.
    private func rejectNow(_ rejection: RequestRejection) {
        switch sequence.fail() {
        case .ignore: break
        case .closeNow: closeNow()
        case .respondNow:
            input.hasUnfinishedBody = exchange == nil
            respond(with: rejection)
            abandonExchange()
        case .hold:
            held.hold(.rejection(rejection))
            input.isIgnored = true
            perform(sequence.step)
        }
    }

    private func respond(with rejection: RequestRejection) {
        sequence.end()
        input.isIgnored = true
        linger(after: rejection.write(to: attached, body: rejectionBody(rejection)))
    }

    private func perform(_ step: RequestSequence.Step) {
        switch step {
        case .nothing: break
        case .finish: finish()
        case .performHeld:
            switch held.request {
            case .rejection(let rejection): respond(with: rejection)
            case .upgrade(let upgrade): begin(upgrade)
            case nil: preconditionFailure("no request is held")
            }
        }
    }

    /// Hands the connection over to the handler of the upgrade.
    ///
    /// The decoder is removed first, and hands over the bytes after the request. It is removed in a later turn of the
    /// event loop, and keeps until then the bytes that are read. All other handlers are then removed in one turn.
    private func begin(_ upgrade: HeldRequest.Upgrade) {
        guard let context, let handlers else { return }
        sequence.end()
        input.isIgnored = !upgrade.readsFurtherBytes
        handlers.limiter.cancelTimers()
        handlers.removeDecoder(context.pipeline.syncOperations).assumeIsolated().whenSuccess { self.finishUpgrade() }
    }

    private func finishUpgrade() {
        guard let context, let handlers, let upgrade = held.upgrade else { return }
        held.upgraded()
        handlers.handOver(
            to: upgrade, from: self, context, unparsedBytes: held.unparsedBytes, owesRead: input.owesRead)
    }

    // MARK: Closing

    /// The server is shutting down, or the client has closed its sending side: pending requests are answered, and the
    /// connection is not upgraded any more.
    private func quiesce() {
        if held.upgrade != nil, sequence.isOver { return closeNow() }
        backlog.removeAll()
        perform(sequence.quiesce())
        exchange?.quiesce()
    }

    /// Closes the connection after the bytes that have been written. No response is due, or no client waits for it.
    private func finish() {
        guard channel.unsentBytes > 0 else { return closeNow() }
        let written = attached.eventLoop.makePromise(of: Void.self)
        writeBytes(ByteBuffer(), promise: written)
        linger(after: written.futureResult)
    }

    private func linger(after written: EventLoopFuture<Void>) {
        endHTTP()
        closing = LingeringClose(context: attached, limit: limits.lingerTime, written: written, waitsWhileTaken: true)
        if input.isClosed { closing?.inputClosed() }
        context?.read()
        abandonExchange()
    }

    /// Closes the connection without sending the bytes that wait for the client.
    func closeNow() {
        endHTTP()
        context?.close(promise: nil)
        abandonExchange()
    }

    private func endHTTP() {
        sequence.end()
        input.isIgnored = true
        held.drop()
        backlog.removeAll()
    }

    // MARK: Time limits

    /// Sets the timer to the current deadline, if there is one.
    private func setDeadline() {
        guard let (deadline, _) = sequence.deadline(limits) else { return }
        handlers?.limiter.setDeadline(deadline)
    }

    /// The timer of a deadline has fired. The deadline may have moved since the timer was set.
    func deadlineTimerFired() {
        guard context != nil, let (deadline, expiry) = sequence.deadline(limits) else { return }
        guard deadline <= now else { return setDeadline() }
        switch expiry {
        case .idle where !channel.isWritable:
            sequence.postponeIdle(at: now)
            setDeadline()
        case .idle: closeNow()
        case .head: rejectNow(.headTimeout(limits.headTime))
        case .request: rejectNow(.requestTimeout(limits.requestTime))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !held.isUpgraded, context.channel.isWritable { drainBacklog() }
        context.fireChannelWritabilityChanged()
    }
}
