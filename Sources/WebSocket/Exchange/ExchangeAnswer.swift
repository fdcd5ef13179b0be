import NIOCore
import NIOHTTP1

/// The answer to an exchange, and how it lies on the wire.
struct ExchangeAnswer {
    /// Up to this many bytes the body is copied behind the head, so that one buffer leaves.
    private static let copiedBytes = 16 << 10

    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: ByteBuffer

    /// - Parameter isLast: whether the connection closes behind the answer.
    /// - Returns: head and body; the body by itself when copying it would cost more than a second write.
    func bytes(for head: HTTPRequestHead, isLast: Bool) -> (first: ByteBuffer, second: ByteBuffer?) {
        let hasBody = status != .noContent && status != .notModified && head.method != .HEAD && body.readableBytes > 0
        let isCopied = hasBody && body.readableBytes <= Self.copiedBytes
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
