import NIOCore
import NIOHTTP1

/// Requests that are answered on the event loop.
extension HTTPUpgradeHandler {
    /// An exchange whose turn has not come.
    typealias WaitingExchange = (head: HTTPRequestHead, make: (any Channel) -> any HTTPExchangeDelegate)

    /// An exchange's turn comes when everything before it is answered and the client keeps up with the
    /// answers: otherwise a client that asks and does not read would make our memory grow.
    var exchangeMayOpen: Bool { sequence.pending == 0 && sequence.acceptsRequests && channel.isWritable }

    /// Takes an exchange's head: opens it, or has it and what follows it wait.
    func admit(_ exchange: WaitingExchange) {
        if exchangeMayOpen { return open(exchange) }
        waiting = exchange
        sequence.parked()
    }

    func open(_ waiting: WaitingExchange) {
        let head = waiting.head
        sequence.routed(isLast: head.endsConnection, awaitsContinue: head.expectsContinue, at: now)
        let exchange = HTTPExchange(head, channel: channel, application: waiting.make(channel), gate: self)
        self.exchange = exchange
        exchange.open()
    }

    /// Sends `100 Continue` if the client may wait for it and its answer is the next one.
    func askForBody() {
        if sequence.bodyIsWanted() { writeBytes(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")) }
    }

    /// The request of an exchange is complete.
    func endRequest(of exchange: HTTPExchange) {
        perform(sequence.requestEnded())
        exchange.endRequest()
        // The client's end came before: only an answer that needed no waiting still had a sense.
        if inputIsClosed, self.exchange != nil { finish() }
    }

    /// Writes the answer of the open exchange: one flush, and one buffer if it is small.
    func write(_ answer: ExchangeAnswer, to exchange: HTTPExchange, close: Bool) -> RequestSequence.Step {
        self.exchange = nil
        if close || exchange.leavesBody { sequence.responseIsLast() }
        if !exchange.requestHasEnded { sequence.bodyIgnored() }
        let (first, second) = answer.bytes(for: exchange.head, isLast: sequence.nextResponseIsLast)
        let step = sequence.responseEnded(at: now)
        let written = step == .finish ? channel.eventLoop.makePromise(of: Void.self) : nil
        // A write may make the channel writable at once, before the application knows that this exchange is over.
        let wasProceeding = isProceeding
        isProceeding = true
        writeBytes(first, second, promise: written)
        isProceeding = wasProceeding
        if let written { linger(after: written.futureResult) }
        return step
    }

    /// The application has been told that its answer is on its way: on with what waits behind it.
    func answered(_ step: RequestSequence.Step) {
        guard context != nil, !sequence.isOver else { return }
        if step == .performHeld { perform(step) }
        armTimer()
        proceed()
    }

    /// Tells an open exchange that nobody waits for its answer any more.
    func loseExchange() {
        let lost = exchange
        exchange = nil
        lost?.lose()
    }

    /// Writes bytes past the response encoder, which frames only the router's responses.
    func writeBytes(_ first: ByteBuffer, _ second: ByteBuffer? = nil, promise: EventLoopPromise<Void>? = nil) {
        guard let context = encoderContext else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if let second {
            context.write(NIOAny(first), promise: nil)
            context.writeAndFlush(NIOAny(second), promise: promise)
        } else {
            context.writeAndFlush(NIOAny(first), promise: promise)
        }
    }
}
