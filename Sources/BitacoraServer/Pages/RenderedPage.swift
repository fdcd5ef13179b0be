import HTTPTypes
import Hummingbird
import NIOCore

/// A page that is kept as it was rendered, with the tag that its readers have it by.
struct RenderedPage: Sendable {
    private let bytes: ByteBuffer
    private let tag: String

    init(_ bytes: [UInt8]) {
        self.bytes = ByteBuffer(bytes: bytes)
        tag = EntityTags.strong(ofContent: bytes)
    }

    /// Costs little when it is the page that the reader has.
    func response(to request: Request) -> Response {
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        let headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
        response.headers[.contentType] = "text/html; charset=utf-8"
        return response
    }
}
