import NIOCore
import NIOHTTP1

extension TakeoverGate {
    /// Makes a response fit for a client of HTTP/1.0, which takes a connection for kept only where the response says so
    /// (RFC 9112, section 9.3), and knows no chunks (section 6.1): without a length the connection ends the body.
    func fitToOldClient(_ head: inout HTTPResponseHead) {
        if head.status.mayHaveResponseBody, !head.headers.contains(name: "content-length") {
            // The encoder chunks what has no length, but not in this version.
            head.version = .http1_0
            sequence.responseIsLast()
        }
        if !sequence.nextResponseIsLast { head.headers.replaceOrAdd(name: "Connection", value: "keep-alive") }
    }
}
