package import NIOCore
package import NIOHTTP1

/// Answers one request on the connection's event loop. No call may block.
///
/// One object serves one request. The connection keeps the object until `closed`.
package protocol HTTPExchangeDelegate: AnyObject {
    /// All requests before this one are answered. The body of this request, if it has one, follows.
    ///
    /// The first call.
    func opened(_ exchange: HTTPExchange)

    /// A piece of the request's body has arrived.
    ///
    /// The connection keeps nothing of the body and does not limit its length: the delegate bounds what it keeps, and
    /// answers 413 to a longer body.
    func received(_ body: ByteBuffer, on exchange: HTTPExchange)

    /// The request is complete. The delegate may answer as late as it likes: no time limit of the connection runs.
    func requestEnded(_ exchange: HTTPExchange)

    /// The server is shutting down and waits for the answer: the delegate should answer now. The connection closes
    /// after the answer.
    func quiescing(_ exchange: HTTPExchange)

    /// The exchange is over: it is answered (`isAnswered`), or the client disconnected, exceeded the time for its
    /// request or sent bytes that are not HTTP.
    ///
    /// The last call, exactly once. It may be made from inside `answer`.
    func closed(_ exchange: HTTPExchange)
}

/// One request and its response, answered on the connection's event loop, without the router and without a task.
///
/// Not `Sendable`: may be used on the connection's event loop only. The connection continues with HTTP after the
/// response; requests that the client sends before that wait, see ``RequestBacklog``.
package final class HTTPExchange {
    /// The connection's channel, for its event loop and its addresses. Nothing may be written to it.
    package let channel: any Channel
    /// The head of the request, with its target in origin form.
    package let head: HTTPRequestHead
    /// Nil after the call of `closed`.
    private var delegate: (any HTTPExchangeDelegate)?
    /// Nil when the exchange is over.
    private var handler: HTTPUpgradeHandler?
    /// Whether the whole request has arrived.
    package private(set) var requestHasEnded = false
    /// Whether a response was handed to the connection. The client may not have received it.
    package private(set) var isAnswered = false

    init(
        _ head: HTTPRequestHead, channel: any Channel, delegate: any HTTPExchangeDelegate, handler: HTTPUpgradeHandler
    ) {
        self.head = head
        self.channel = channel
        self.delegate = delegate
        self.handler = handler
    }

    /// Whether `answer` still has an effect.
    package var isOpen: Bool { handler != nil }

    /// Whether an answer now comes before the end of a body that the client is still sending.
    var hasUnreadBody: Bool { !requestHasEnded && head.hasBody }

    /// Answers the request, once. Ignored when the exchange is not open.
    ///
    /// When the request has a body that has not ended, the rest of the body is discarded and the connection closes
    /// after the response. The body of a response to HEAD, of a 204 and of a 304 is not sent.
    ///
    /// - Parameters:
    ///   - status: a final status, 200 or above.
    ///   - headers: all headers but `Content-Length`, `Transfer-Encoding` and `Connection`, which the connection sets.
    ///   - body: the whole body. Its bytes may be shared with other responses.
    ///   - close: whether the connection closes after the response in any case.
    package func answer(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, close: Bool = false
    ) {
        precondition(status.code >= 200, "status \(status.code) does not end an exchange")
        guard let handler else { return }
        self.handler = nil
        isAnswered = true
        let step = handler.write(
            HTTPExchangeResponse(status: status, headers: headers, body: body), to: self, close: close)
        end()
        handler.answered(step)
    }

    // MARK: From the handler

    /// All requests before this one are answered.
    func open() { delegate?.opened(self) }

    /// A piece of the body has arrived.
    func receive(_ body: ByteBuffer) { delegate?.received(body, on: self) }

    /// The request is complete.
    func endRequest() {
        requestHasEnded = true
        delegate?.requestEnded(self)
    }

    /// The server is shutting down.
    func quiesce() { delegate?.quiescing(self) }

    /// No client waits for the response any more.
    func abandon() {
        handler = nil
        end()
    }

    private func end() {
        guard let delegate else { return }
        self.delegate = nil
        delegate.closed(self)
    }
}

/// The response to an exchange, and its bytes on the wire.
struct HTTPExchangeResponse {
    /// A body of at most this many bytes is copied after the head, so that one buffer is written.
    private static let maximumCopiedBytes = 16 << 10

    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: ByteBuffer

    /// - Parameters:
    ///   - head: the request's head.
    ///   - isLast: whether the connection closes after the response.
    /// - Returns: head and body; a body that is not copied is the second buffer.
    func bytes(for head: HTTPRequestHead, isLast: Bool) -> (first: ByteBuffer, second: ByteBuffer?) {
        let hasBody = status != .noContent && status != .notModified && head.method != .HEAD && body.readableBytes > 0
        let isCopied = hasBody && body.readableBytes <= Self.maximumCopiedBytes
        var first = ByteBuffer()
        first.reserveCapacity(64 * (headers.count + 4) + (isCopied ? body.readableBytes : 0))
        ResponseHead.append(status, headers, to: &first)
        if status != .noContent, status != .notModified {
            first.writeString("Content-Length: ")
            first.writeString(String(body.readableBytes))
            first.writeString("\r\n")
        }
        if isLast {
            first.writeString("Connection: close\r\n")
        } else if head.version != .http1_1 {
            first.writeString("Connection: keep-alive\r\n")
        }
        first.writeString("\r\n")
        if isCopied { first.writeImmutableBuffer(body) }
        return (first, hasBody && !isCopied ? body : nil)
    }
}
