import DequeModule
import NIOCore
import NIOHTTP1

/// Marks in the head of each response of the router where its body ends (RFC 9112, section 6.3).
///
/// NIO's encoder cannot do this, since it does not know the request: after an answer to HEAD without a length it would
/// write the end of a chunked body, and the client would read that as the beginning of the next answer.
extension HTTPUpgradeHandler {
    /// What the framing of a response depends on.
    struct RoutedRequest {
        let method: HTTPMethod
        let version: HTTPVersion
    }

    /// Changes the head of the response to the oldest routed request.
    ///
    /// A client of HTTP/1.0 cannot read chunks (RFC 9112, section 6.1): the end of the connection ends a body without a
    /// length. Such a client keeps the connection only if the response says so (section 9.3).
    func frame(_ head: inout HTTPResponseHead) {
        let request = routedRequests.first
        let isOldClient = request.map { $0.version != .http1_1 } ?? false
        head.headers.remove(name: "transfer-encoding")
        if !head.status.mayHaveResponseBody {
            head.headers.remove(name: "content-length")
        } else if request?.method != .HEAD, !head.headers.contains(name: "content-length") {
            if isOldClient {
                head.version = .http1_0
                sequence.responseIsLast()
            } else {
                head.headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        if isOldClient, !sequence.nextResponseIsLast {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
    }
}
