import NIOCore

/// What a connection has been asked and has answered, and until when it may take to go on.
///
/// Requests are answered in the order in which they came (RFC 9112 section 9.3.2). A request which
/// the connection handles itself, a takeover or a refusal, is *held* until everything before it is
/// answered; it is the last request that is read. An exchange counts as a request of the router's;
/// what waits behind it in the gate is *parked* and comes here when its turn does.
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
    /// Where the next byte from the client belongs.
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
        /// Everything before the held request is answered: its turn has come.
        case performHeld
        /// The last response has been written, or none is due: close.
        case finish
    }

    /// How a failure of the request that is being read can be told.
    enum Telling: Equatable {
        /// Hold the refusal until its turn comes.
        case hold
        /// Write it now, in place of the response which the router has not begun.
        case instead
        /// A response has begun: only cutting the connection is left.
        case cut
        /// The connection is closing already.
        case ignore
    }

    enum Expiry: Equatable {
        case head
        case request
        case idle
    }

    /// Requests which the router or an exchange has and whose responses have not ended.
    private(set) var pending = 0
    /// Whether a held request exists; nothing is read after it.
    private(set) var isHolding = false
    /// Whether the connection speaks HTTP no longer: taken over, refused or closing.
    private(set) var isOver = false
    private var heldIsComplete = false
    private var endsAfterPending = false
    private var responseBegan = false
    /// Whether the client of the request that is being read may wait for `100 Continue` before it sends the body.
    private var awaitsContinue = false
    private var reading = Reading.betweenRequests
    private var idleSince: NIODeadline

    init(now: NIODeadline) { idleSince = now }

    /// Whether the next head is to be looked at; else it and what follows is ignored.
    var acceptsRequests: Bool { !isHolding && !endsAfterPending && !isOver }

    /// Whether the response that is written next is the last one.
    var nextResponseIsLast: Bool { endsAfterPending && pending == 1 }

    /// Whether the parts that come now belong to a request which the router has.
    var routesBody: Bool {
        if case .routedBody = reading { !isOver } else { false }
    }

    /// Whether the next byte is the first one of a request that will be looked at.
    var expectsRequest: Bool {
        if case .betweenRequests = reading { acceptsRequests } else { false }
    }

    // MARK: From the client

    mutating func bytesArrived(at now: NIODeadline) {
        if expectsRequest { reading = .head(since: now) }
    }

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

    /// The body of the request whose response is due is being read; answers whether to send `100 Continue`.
    mutating func bodyIsWanted() -> Bool {
        // The request being read is the newest one: its response is next only when no other is pending.
        guard awaitsContinue, pending == 1, !isOver else { return false }
        awaitsContinue = false
        return true
    }

    /// A head asks for something that the connection does itself, when the request is complete.
    mutating func held(at now: NIODeadline) {
        reading = .heldBody(since: start(now))
        isHolding = true
    }

    /// A head came that is not looked at any more.
    mutating func ignored(at now: NIODeadline) {
        reading = .ignoredBody(since: start(now))
    }

    /// What comes now waits for its turn, which is ours to give: no time runs for it.
    mutating func parked() {
        switch reading {
        case .betweenRequests, .head: reading = .parked
        case .routedBody, .heldBody, .ignoredBody, .parked: break
        }
    }

    /// The response to the request that is being read has ended, and the rest of its body counts no more.
    mutating func bodyIgnored() {
        if case .routedBody(let since) = reading { reading = .ignoredBody(since: since) }
    }

    mutating func requestEnded() -> Step {
        if case .heldBody = reading { heldIsComplete = true }
        awaitsContinue = false
        reading = .betweenRequests
        return step
    }

    /// Reading cannot go on: a limit was passed, or what came is not HTTP.
    mutating func fail() -> Telling {
        guard !isOver else { return .ignore }
        if case .routedBody = reading {
            guard pending == 1, !responseBegan else { return .cut }
            isOver = true
            return .instead
        }
        guard !endsAfterPending else { return .ignore }
        isHolding = true
        heldIsComplete = true
        reading = .betweenRequests
        return .hold
    }

    // MARK: From the router

    mutating func responseStarted() {
        responseBegan = true
        // Without `100 Continue` the client may send the body or not, so the bytes that follow cannot be read.
        if awaitsContinue, pending == 1 { responseIsLast() }
    }

    /// The response that is being written says itself that it is the last one: what was asked behind it has no answer.
    mutating func responseIsLast() {
        pending = 1
        endsAfterPending = true
    }

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

    mutating func end() { isOver = true }

    /// The client is busy with an answer, so that its silence is not idleness.
    mutating func postponeIdle(at now: NIODeadline) { idleSince = now }

    /// What can be done now.
    var step: Step {
        guard !isOver, pending == 0 else { return .nothing }
        if endsAfterPending { return .finish }
        return isHolding && heldIsComplete ? .performHeld : .nothing
    }

    /// The moment at which the connection has taken too long, and for what; nil while the answer is ours to give.
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
