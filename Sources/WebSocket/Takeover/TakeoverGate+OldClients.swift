import NIOCore
import NIOHTTP1

extension TakeoverGate {
    /// Changes the head of a response for a client of HTTP/1.0.
    ///
    /// Such a client keeps the connection only if the response says so (RFC 9112, section 9.3), and cannot read chunks
    /// (section 6.1): the end of the connection ends a body without a length.
    func fitToOldClient(_ head: inout HTTPResponseHead) {
        if head.status.mayHaveResponseBody, !head.headers.contains(name: "content-length") {
            // For this version the encoder uses no chunks.
            head.version = .http1_0
            sequence.responseIsLast()
        }
        if !sequence.nextResponseIsLast { head.headers.replaceOrAdd(name: "Connection", value: "keep-alive") }
    }
}
