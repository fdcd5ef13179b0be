import NIOCore
import NIOHTTP1

/// Stands between the HTTP parser and Hummingbird: lets requests through, refuses what passes a limit,
/// and hands the connection over when the application takes a request.
///
/// Performs what ``RequestSequence`` says. Everything runs on the connection's event loop.
final class TakeoverGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let limits: ConnectionLimits
    let refusalBody: TakeoverChannel.RefusalBody
    private let decide: TakeoverChannel.Decision
    /// The handlers which leave the pipeline with the gate.
    var parts: Parts?
    var context: ChannelHandlerContext?
    var sequence: RequestSequence
    /// The last request of the connection, if it is not the router's.
    var held: HeldRequest?
    /// The bytes behind the request that took the connection over.
    var rest: ByteBuffer?
    var closing: LingeringClose?
    var timer: Scheduled<Void>?
    var timerDeadline = NIODeadline.distantFuture
    /// Whether a read was asked for while none was wanted.
    private(set) var owesRead = false
    /// Whether bytes from the client have no reader any more.
    var ignoresBytes = false
    /// Whether the connection has its new owner, for whom the gate lets everything through.
    var isHandedOver = false

    init(
        limits: ConnectionLimits, refusalBody: @escaping TakeoverChannel.RefusalBody,
        decide: @escaping TakeoverChannel.Decision, now: NIODeadline
    ) {
        self.limits = limits
        self.refusalBody = refusalBody
        self.decide = decide
        sequence = RequestSequence(now: now)
    }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A flush that fails has what is left read before it closes the connection, also a flush of the new
        // owner's while the gate is still here: bytes, which nobody is going to answer.
        if isHandedOver { return }
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            if receive(head) { context.fireChannelRead(data) }
        case .body:
            if sequence.routesBody { context.fireChannelRead(data) }
        case .end:
            if sequence.routesBody { context.fireChannelRead(data) }
            perform(sequence.requestEnded())
        }
    }

    /// Answers whether the router gets the request.
    private func receive(_ head: HTTPRequestHead) -> Bool {
        guard sequence.acceptsRequests else {
            ignore()
            return false
        }
        let held = refusal(of: head).map { .refusal($0) } ?? HeldRequest(head, decide(head, channel))
        switch held {
        case nil:
            sequence.routed(isLast: !head.isKeepAlive || head.endsRequests, at: now)
            return true
        case .refusal(let refusal):
            fail(refusal)
        case .takeover:
            self.held = held
            sequence.held(at: now)
        }
        return false
    }

    private func refusal(of head: HTTPRequestHead) -> ConnectionRefusal? {
        if let refusal = tooLarge(head) { return refusal }
        return head.version == .http1_1 && head.headers["host"].count != 1 ? .oneHost : nil
    }

    private func tooLarge(_ head: HTTPRequestHead) -> ConnectionRefusal? {
        guard head.uri.utf8.count <= limits.targetBytes else { return .targetTooLong(limits.targetBytes) }
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        return bytes <= limits.headerBytes ? nil : .headersTooLarge(limits)
    }

    private func ignore() {
        // What the parser took for a request were the first frames: they are lost.
        if held?.readsOn == true { cut() } else { sequence.ignored(at: now) }
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
            closing?.inputClosed()
            if held?.isTakeover == true { quiesce() }
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// While a takeover waits for its turn nothing is read: what follows it stays in the system's buffer.
    func read(context: ChannelHandlerContext) {
        if held?.isTakeover == true, !isHandedOver {
            owesRead = true
        } else {
            context.read()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        armTimer()
        // Hummingbird may have stopped reading, and the client's end is still to be seen.
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
        guard step == .finish else {
            context.write(data, promise: promise)
            perform(step)
            return armTimer()
        }
        let written = promise ?? context.eventLoop.makePromise()
        context.writeAndFlush(data, promise: written)
        linger(after: written.futureResult)
    }

    /// Hummingbird shuts our side when it will answer no further request.
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

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        closing?.cancel()
        closing = nil
        held = nil
        parts = nil
        self.context = nil
    }
}
