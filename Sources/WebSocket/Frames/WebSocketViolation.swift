/// What a peer did against RFC 6455, and the code with which the connection is failed for it.
package struct WebSocketViolation: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: WebSocketCloseCode
    /// A sentence for the peer's developer, sent as the close reason; at most 123 bytes.
    package let detail: String

    package init(_ code: WebSocketCloseCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
