package import NIOCore
package import NIOHTTP1
package import WebSocket

/// Answers a request with what is known already, when the whole of it is there.
///
/// The body is thrown away; beyond a limit the answer comes before its end, and the connection closes. A client that
/// waits for `100 Continue` gets the answer at once.
package final class DirectAnswer: HTTPExchangeDelegate {
    private let status: HTTPResponseStatus
    private let headers: HTTPHeaders
    private let body: ByteBuffer
    private var allowance: Int

    /// - Parameter maximumBody: how many bytes of the request's body are waited for.
    package init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, maximumBody: Int = 1 << 16) {
        self.status = status
        self.headers = headers
        self.body = body
        allowance = maximumBody
    }

    package func opened(_ exchange: HTTPExchange) {
        if exchange.head.expectsContinue { answer(exchange) }
    }

    package func received(_ body: ByteBuffer, on exchange: HTTPExchange) {
        allowance -= body.readableBytes
        if allowance < 0 { answer(exchange) }
    }

    package func requestEnded(_ exchange: HTTPExchange) { answer(exchange) }

    package func quiescing(_ exchange: HTTPExchange) { answer(exchange) }

    package func closed(_ exchange: HTTPExchange) {}

    private func answer(_ exchange: HTTPExchange) { exchange.answer(status, headers, body) }
}
