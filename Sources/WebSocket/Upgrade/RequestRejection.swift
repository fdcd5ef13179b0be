import NIOCore
package import NIOHTTP1

/// Why the connection itself rejects a request, before any route gets the request. The connection closes after the
/// response.
package struct RequestRejection: Error, Equatable, Sendable {
    /// 400, 408, 414, 417, 426, 431 or 501.
    package let status: HTTPResponseStatus
    /// A code for programs, such as `bad-handshake`.
    package let code: String
    /// A sentence for people: what is wrong, and what the server expects.
    package let detail: String
    /// The headers that the status requires.
    package let headers: HTTPHeaders

    init(_ status: HTTPResponseStatus, code: String, detail: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    static func badHandshake(_ detail: String) -> Self {
        Self(.badRequest, code: "bad-handshake", detail: detail)
    }

    static func upgradeRequired(_ detail: String) -> Self {
        Self(
            .upgradeRequired, code: "upgrade-required", detail: detail,
            headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
    }

    static let malformed = Self(.badRequest, code: "malformed", detail: "the bytes are not an HTTP/1.1 request")

    /// RFC 9112, section 3.2.
    static let oneHost = Self(
        .badRequest, code: "malformed", detail: "an HTTP/1.1 request must have exactly one Host header")

    static let unexpectedBody = Self(.badRequest, code: "unexpected-body", detail: "this request must not have a body")

    /// RFC 9110, section 10.1.1.
    static func expectationFailed(_ expectation: Substring) -> Self {
        Self(
            .expectationFailed, code: "expectation-failed",
            detail:
                "the expectation '\(expectation.prefix(64))' is not supported; send 100-continue or no Expect header"
        )
    }

    /// RFC 9112, section 6.1.
    static func unknownTransferEncoding(_ encoding: Substring) -> Self {
        Self(
            .notImplemented, code: "transfer-encoding",
            detail: "the transfer encoding '\(encoding.prefix(64))' is not supported; send chunked only")
    }

    static func headTimeout(_ limit: Duration) -> Self {
        Self(
            .requestTimeout, code: "request-timeout",
            detail: "the headers of the request were not complete after \(limit)")
    }

    static func requestTimeout(_ limit: Duration) -> Self {
        Self(.requestTimeout, code: "request-timeout", detail: "the request was not complete after \(limit)")
    }

    static func targetTooLong(_ limit: Int) -> Self {
        Self(
            .uriTooLong, code: "target-too-long",
            detail: "the request target is longer than the limit of \(limit) bytes")
    }

    static func headersTooLarge(_ limits: ConnectionLimits) -> Self {
        Self(
            .requestHeaderFieldsTooLarge, code: "headers-too-large",
            detail:
                "the request has more than \(limits.headerCount) headers, or its headers have more than \(limits.headerBytes) bytes in all"
        )
    }

    /// The rejection of a request by its head, or nil.
    static func of(_ head: HTTPRequestHead, _ limits: ConnectionLimits) -> Self? {
        guard head.uri.utf8.count <= limits.targetBytes else { return .targetTooLong(limits.targetBytes) }
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard bytes <= limits.headerBytes else { return .headersTooLarge(limits) }
        if head.version == .http1_1, head.headers["host"].count != 1 { return .oneHost }
        if let encoding = head.unknownTransferEncoding { return .unknownTransferEncoding(encoding) }
        return head.unknownExpectation.map { .expectationFailed($0) }
    }

    /// Writes the response, after which the connection has to close.
    ///
    /// - Returns: fulfilled when the response has been handed to the system.
    func write(
        to context: ChannelHandlerContext, body: (contentType: String, bytes: ByteBuffer)
    ) -> EventLoopFuture<Void> {
        var headers = headers
        headers.add(name: "Content-Type", value: body.contentType)
        headers.add(name: "Content-Length", value: String(body.bytes.readableBytes))
        headers.add(name: "Cache-Control", value: "no-store")
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(body.bytes))), promise: nil)
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: written)
        return written.futureResult
    }
}
