package import NIOCore
package import NIOHTTP1

/// One request that is answered on the connection's event loop, without the router and without a task.
///
/// Not `Sendable`: everything here is for the connection's event loop only. The connection goes on
/// with HTTP behind the answer; what the client asks meanwhile waits, see ``RequestBacklog``.
package final class HTTPExchange {
    /// The connection below; for its event loop and its addresses, not for writing.
    package let channel: any Channel
    package let head: HTTPRequestHead
    /// Nil once it has been told of the end.
    private var application: (any HTTPExchangeDelegate)?
    /// Nil once the exchange is over.
    private var gate: HTTPUpgradeHandler?
    /// Whether the whole request has arrived.
    package private(set) var requestHasEnded = false
    /// Whether an answer was handed to the connection; that does not say that the client got it.
    package private(set) var isAnswered = false

    init(_ head: HTTPRequestHead, channel: any Channel, application: any HTTPExchangeDelegate, gate: HTTPUpgradeHandler)
    {
        self.head = head
        self.channel = channel
        self.application = application
        self.gate = gate
    }

    /// Whether an answer is still due and has somebody to go to.
    package var isOpen: Bool { gate != nil }

    /// Whether an answer now leaves a body behind that the client is still sending.
    var leavesBody: Bool { !requestHasEnded && head.hasBody }

    /// Answers the request, once. Ignored when not open.
    ///
    /// Before the end of a request with a body the rest of it is thrown away and the connection closes
    /// behind the answer. An answer to HEAD, a 204 and a 304 leave without their body.
    ///
    /// - Parameters:
    ///   - status: a final one, 200 or above.
    ///   - headers: all but `Content-Length`, `Transfer-Encoding` and `Connection`, which are the connection's.
    ///   - body: the whole of it; may be shared with other answers.
    ///   - close: whether the connection closes behind the answer in any case.
    package func answer(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, close: Bool = false
    ) {
        precondition(status.code >= 200, "\(status.code) does not end an exchange")
        guard let gate else { return }
        self.gate = nil
        isAnswered = true
        let step = gate.write(ExchangeAnswer(status: status, headers: headers, body: body), to: self, close: close)
        end()
        gate.answered(step)
    }

    // MARK: From the gate

    func open() { application?.opened(self) }

    func receive(_ body: ByteBuffer) { application?.received(body, on: self) }

    func endRequest() {
        requestHasEnded = true
        application?.requestEnded(self)
    }

    func quiesce() { application?.quiescing(self) }

    /// Nobody is left to take the answer.
    func lose() {
        gate = nil
        end()
    }

    private func end() {
        guard let application else { return }
        self.application = nil
        application.closed(self)
    }
}
