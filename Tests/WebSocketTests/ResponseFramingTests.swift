import NIOHTTP1
import Testing
@testable import WebSocket

@Suite("Framing of responses")
struct ResponseFramingTests {
    private func frame(
        _ method: HTTPMethod, _ version: HTTPVersion, _ status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:],
        isLast: Bool = false
    ) -> (head: HTTPResponseHead, isLast: Bool) {
        var framing = ResponseFraming()
        framing.requestRouted(HTTPRequestHead(version: version, method: method, uri: "/"))
        var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        let isLast = framing.frame(&head, isLast: isLast)
        return (head, isLast)
    }

    @Test("a body without a length is chunked, and for a client of HTTP/1.0 the connection ends the body")
    func withoutLength() {
        let new = frame(.GET, .http1_1)
        #expect(new.head.headers == ["transfer-encoding": "chunked"])
        #expect(!new.isLast)
        let old = frame(.GET, .http1_0)
        #expect(old.head.headers == ["Connection": "close"])
        #expect(old.head.version == .http1_0)
        #expect(old.isLast)
    }

    @Test("a response to HEAD has no chunks, and a 204 has no length")
    func withoutBody() {
        #expect(frame(.HEAD, .http1_1).head.headers.isEmpty)
        #expect(frame(.GET, .http1_1, .noContent, headers: ["Content-Length": "0"]).head.headers.isEmpty)
    }

    @Test("a client of HTTP/1.0 gets keep-alive, unless the response is the last one")
    func keepAlive() {
        let length: HTTPHeaders = ["Content-Length": "1"]
        let kept = frame(.GET, .http1_0, headers: length)
        #expect(kept.head.headers["connection"] == ["keep-alive"] && !kept.isLast)
        let last = frame(.GET, .http1_0, headers: length, isLast: true)
        #expect(last.head.headers["connection"] == ["close"] && last.isLast)
    }

    @Test("each response is framed for its own request")
    func order() {
        var framing = ResponseFraming()
        framing.requestRouted(HTTPRequestHead(version: .http1_1, method: .HEAD, uri: "/"))
        framing.requestRouted(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"))
        var heads = [HTTPResponseHead](repeating: HTTPResponseHead(version: .http1_1, status: .ok), count: 2)
        for index in heads.indices {
            _ = framing.frame(&heads[index], isLast: false)
            framing.responseEnded()
        }
        #expect(heads.map { $0.headers["transfer-encoding"] } == [[], ["chunked"]])
    }
}
