import DequeModule
import NIOCore
import NIOHTTP1

/// Marks in the head of each response of the router where its body ends (RFC 9112, section 6.3).
///
/// NIO's encoder cannot do this, because it does not know the request: after a response to HEAD without a length it
/// would write the end of a chunked body, and the client would read these bytes as the beginning of the next response.
struct ResponseFraming {
    /// What the framing of a response depends on.
    private struct Request {
        let method: HTTPMethod
        let version: HTTPVersion
    }

    /// The requests that the router has not answered to the end, in order.
    private var requests = Deque<Request>()

    /// The router gets a request.
    mutating func requestRouted(_ head: HTTPRequestHead) {
        requests.append(Request(method: head.method, version: head.version))
    }

    /// The router has ended the response to the oldest request.
    mutating func responseEnded() { _ = requests.popFirst() }

    /// Sets the framing headers and `Connection` of the response to the oldest request.
    ///
    /// A client of HTTP/1.0 cannot read chunks (RFC 9112, section 6.1): the end of the connection ends a body without a
    /// length. Such a client keeps the connection only if the response says so (section 9.3).
    ///
    /// - Parameter isLast: whether the connection closes after the response in any case.
    /// - Returns: whether the connection closes after the response.
    func frame(_ head: inout HTTPResponseHead, isLast: Bool) -> Bool {
        let request = requests.first
        let isOldClient = request.map { $0.version != .http1_1 } ?? false
        var isLast = isLast
        head.headers.remove(name: "transfer-encoding")
        if !head.status.mayHaveResponseBody {
            head.headers.remove(name: "content-length")
        } else if request?.method != .HEAD, !head.headers.contains(name: "content-length") {
            if isOldClient {
                head.version = .http1_0
                isLast = true
            } else {
                head.headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        if isLast {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if isOldClient {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        return isLast
    }
}

/// Writes the head of a response that does not pass through NIO's encoder.
enum ResponseHead {
    /// The whole head, with the empty line at its end.
    static func bytes(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> ByteBuffer {
        var bytes = ByteBuffer()
        append(status, headers, to: &bytes)
        bytes.writeString("\r\n")
        return bytes
    }

    /// Appends the status line and the headers, without the empty line after them.
    static func append(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, to bytes: inout ByteBuffer) {
        precondition(isSafe(status.reasonPhrase), "a reason phrase may not contain a line break")
        for text in ["HTTP/1.1 ", String(status.code), " ", status.reasonPhrase, "\r\n"] { bytes.writeString(text) }
        for (name, value) in headers {
            precondition(isSafe(name) && isSafe(value), "a response header may not contain a line break: \(name)")
            bytes.writeString(name)
            bytes.writeString(": ")
            bytes.writeString(value)
            bytes.writeString("\r\n")
        }
    }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") && $0 != 0 }
    }
}
