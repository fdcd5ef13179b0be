package import NIOHTTP1

/// The refusal of a request by the connection itself, before any route gets the request; the connection closes after
/// the answer.
package struct RequestRejection: Error, Equatable, Sendable {
    /// 400, 408, 414, 417, 426, 431 or 501.
    package let status: HTTPResponseStatus
    /// A word for programs, such as `bad-handshake`.
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

    static let malformed = Self(.badRequest, code: "malformed", detail: "this is not an HTTP/1.1 request")

    /// RFC 9112, section 3.2.
    static let oneHost = Self(.badRequest, code: "malformed", detail: "an HTTP/1.1 request has one Host header")

    static let unexpectedBody = Self(.badRequest, code: "unexpected-body", detail: "this request may not have a body")

    /// RFC 9110, section 10.1.1.
    static func expectationFailed(_ expectation: Substring) -> Self {
        Self(
            .expectationFailed, code: "expectation-failed",
            detail:
                "'\(expectation.prefix(64))' is not an expectation that this server meets; send 100-continue or no Expect header"
        )
    }

    /// RFC 9112, section 6.1.
    static func unknownTransferEncoding(_ encoding: Substring) -> Self {
        Self(
            .notImplemented, code: "transfer-encoding",
            detail: "'\(encoding.prefix(64))' is not a transfer encoding that this server decodes; send chunked alone")
    }

    static func headTimeout(_ limit: Duration) -> Self {
        Self(.requestTimeout, code: "request-timeout", detail: "the request's head was not complete after \(limit)")
    }

    static func requestTimeout(_ limit: Duration) -> Self {
        Self(.requestTimeout, code: "request-timeout", detail: "the request was not complete after \(limit)")
    }

    static func targetTooLong(_ limit: Int) -> Self {
        Self(.uriTooLong, code: "target-too-long", detail: "a request target may have at most \(limit) bytes")
    }

    static func headersTooLarge(_ limits: ConnectionLimits) -> Self {
        Self(
            .requestHeaderFieldsTooLarge, code: "headers-too-large",
            detail: "a request may have at most \(limits.headerCount) headers of \(limits.headerBytes) bytes in all")
    }
}
