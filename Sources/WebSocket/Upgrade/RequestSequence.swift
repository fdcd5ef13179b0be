import NIOCore

/// The state machine of the requests and responses of one connection: which responses are due, what the connection does
/// next, and by when the client must send more.
///
/// Requests are answered in the order in which they came (RFC 9112, section 9.3.2). A request that the connection
/// answers itself, with an upgrade or a rejection, is *held* until all requests before it are answered, and no request
/// is read after it. An exchange counts as a request of the router. Parts of requests that wait for an exchange are
/// *parked* in the ``RequestBacklog`` of ``HTTPUpgradeHandler``, which hands them over when their turn comes.
///
/// ```
///          head for the router          response ended
///   open ──────────────────────► open ────────────────► open
///    │ held head, failure          │ "close", quiesce
///    ▼                             ▼
///  holding ── nothing pending    ending ── nothing pending ──► over
///    └──────────► held is performed ──► over
/// ```
struct RequestSequence {
    /// What the next byte from the client belongs to.
    private enum Reading {
        case betweenRequests
        case head(since: NIODeadline)
        case routedBody(since: NIODeadline)
        case heldBody(since: NIODeadline)
        case ignoredBody(since: NIODeadline)
        case parked
    }

    /// What the connection has to do now.
    enum Step: Equatable {
        case nothing
        /// Handle the held request: all requests before it are answered.
        case performHeld
        /// Close: the last response has been written, or no response is due.
        case finish
    }

    /// How to reject a request that cannot be read to its end.
    enum RejectionAction: Equatable {
        /// Hold the rejection until all responses before it have been written.
        case hold
        /// Write the rejection now, in place of the response that has not begun.
        case respondNow
        /// Close the connection now, because a response has begun.
        case closeNow
        /// Do nothing, because the connection is already closing.
        case ignore
    }

    /// Which limit a deadline belongs to.
    enum Expiry: Equatable {
        /// `ConnectionLimits.headTime`
        case head
        /// `ConnectionLimits.requestTime`
        case request
        /// `ConnectionLimits.idleTime`
        case idle
    }

    /// The number of requests that the router or an exchange has and whose responses have not ended.
    private(set) var pending = 0
    /// Whether a held request exists; nothing is read after it.
    private(set) var isHolding = false
    /// Whether the connection no longer speaks HTTP: it has been upgraded, its last request was
    /// rejected, or it is closing.
    private(set) var isOver = false
    private var heldIsComplete = false
    private var endsAfterPending = false
    private var responseBegan = false
    /// Whether the client of the request that is being read may wait for `100 Continue` before it sends the body.
    private var awaitsContinue = false
    private var reading = Reading.betweenRequests
    private var idleSince: NIODeadline

    init(now: NIODeadline) { idleSince = now }

    /// Whether the next head is handled. If not, the head and all bytes after it are ignored.
    var acceptsRequests: Bool { !isHolding && !endsAfterPending && !isOver }

    /// Whether the response that is written next is the last one.
    var nextResponseIsLast: Bool { endsAfterPending && pending == 1 }

    /// Whether the parts that come now belong to a request of the router.
    var routesBody: Bool {
        if case .routedBody = reading { !isOver } else { false }
    }

    /// Whether the next byte is the first byte of a request that will be handled.
    var expectsRequest: Bool {
        if case .betweenRequests = reading { acceptsRequests } else { false }
    }

    // MARK: From the client

    /// Bytes have arrived; when they begin a request, its time starts.
    mutating func bytesArrived(at now: NIODeadline) {
        if expectsRequest { reading = .head(since: now) }
    }

    /// The time at which the request that is being read began.
    private func start(_ now: NIODeadline) -> NIODeadline {
        if case .head(let since) = reading { since } else { now }
    }

    /// A head went to the router or to an exchange.
    ///
    /// - Parameters:
    ///   - isLast: whether the connection ends with this request's response.
    ///   - awaitsContinue: whether the client may wait for `100 Continue` before it sends the body.
    mutating func routed(isLast: Bool, awaitsContinue: Bool = false, at now: NIODeadline) {
        reading = .routedBody(since: start(now))
        pending += 1
        endsAfterPending = isLast
        self.awaitsContinue = awaitsContinue
    }

    /// A piece of the request's body has come: the client does not wait for `100 Continue`.
    mutating func bodyArrived() { awaitsContinue = false }

    /// The router or the exchange reads the body of the request whose response is due.
    ///
    /// - Returns: whether to send `100 Continue`.
    mutating func bodyIsWanted() -> Bool {
        // The request being read is the newest one: its response is next only when no other is pending.
        guard awaitsContinue, pending == 1, !isOver else { return false }
        awaitsContinue = false
        return true
    }

    /// A head came of a request that the connection itself handles when the request is complete.
    mutating func held(at now: NIODeadline) {
        reading = .heldBody(since: start(now))
        isHolding = true
    }

    /// A head came that is ignored.
    mutating func ignored(at now: NIODeadline) {
        reading = .ignoredBody(since: start(now))
    }

    /// The parts that come now wait for their turn. No time limit runs for them, because the client waits for the
    /// server.
    mutating func parked() {
        switch reading {
        case .betweenRequests, .head: reading = .parked
        case .routedBody, .heldBody, .ignoredBody, .parked: break
        }
    }

    /// The response to the request that is being read has ended; the rest of the request's body is ignored.
    mutating func bodyIgnored() {
        if case .routedBody(let since) = reading { reading = .ignoredBody(since: since) }
    }

    /// The request that is being read is complete.
    mutating func requestEnded() -> Step {
        if case .heldBody = reading { heldIsComplete = true }
        awaitsContinue = false
        reading = .betweenRequests
        return step
    }

    /// The request cannot be read to its end: a limit was exceeded, or the bytes are not HTTP.
    mutating func fail() -> RejectionAction {
        guard !isOver else { return .ignore }
        if case .routedBody = reading {
            guard pending == 1, !responseBegan else { return .closeNow }
            isOver = true
            return .respondNow
        }
        guard !endsAfterPending else { return .ignore }
        isHolding = true
        heldIsComplete = true
        reading = .betweenRequests
        return .hold
    }

    // MARK: From the router

    /// The head of the oldest pending response is being written.
    mutating func responseStarted() {
        responseBegan = true
        // Without `100 Continue` the client may send the body or not, so the next bytes may belong to the body or to a
        // new request.
        if awaitsContinue, pending == 1 { responseIsLast() }
    }

    /// The response that is being written is the last one of the connection: later requests get no response.
    mutating func responseIsLast() {
        pending = 1
        endsAfterPending = true
    }

    /// The oldest pending response has been written.
    mutating func responseEnded(at now: NIODeadline) -> Step {
        precondition(pending > 0, "a response without a request")
        pending -= 1
        responseBegan = false
        idleSince = now
        return step
    }

    // MARK: Ends

    /// The server is shutting down: answer what is pending, then close.
    mutating func quiesce() -> Step {
        endsAfterPending = true
        return step
    }

    /// The connection does not speak HTTP any more.
    mutating func end() { isOver = true }

    /// The client is still reading a response: the idle time begins again.
    mutating func postponeIdle(at now: NIODeadline) { idleSince = now }

    /// The step that is possible now.
    var step: Step {
        guard !isOver, pending == 0 else { return .nothing }
        if endsAfterPending { return .finish }
        return isHolding && heldIsComplete ? .performHeld : .nothing
    }

    /// When the time of the client is over, and by which limit. Nil while the client waits for the server.
    func deadline(_ limits: ConnectionLimits) -> (at: NIODeadline, expiry: Expiry)? {
        guard !isOver else { return nil }
        switch reading {
        case .head(let since): return (since + TimeAmount(limits.headTime), .head)
        case .routedBody(let since), .heldBody(let since): return (since + TimeAmount(limits.requestTime), .request)
        case .parked: return nil
        case .betweenRequests, .ignoredBody:
            return pending == 0 && !isHolding ? (idleSince + TimeAmount(limits.idleTime), .idle) : nil
        }
    }
}
