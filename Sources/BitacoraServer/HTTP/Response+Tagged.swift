import Base64
import Crypto
public import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
    /// 304 for a client that has the content, with the `Cache-Control` of the 200 answer (RFC 9110, section 15.4.5).
    public static func notModified(_ tag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
    }

    /// A page; see `tagged`.
    public static func page(_ bytes: [UInt8], _ request: Request, status: HTTPResponse.Status = .ok) -> Response {
        tagged(bytes, "text/html; charset=utf-8", request, status: status)
    }

    /// An answer that costs little when it is the one the client has.
    static func tagged(
        _ bytes: [UInt8], _ type: String, _ request: Request, status: HTTPResponse.Status = .ok
    ) -> Response {
        let tag = EntityTags.strong(ofContent: bytes)
        // Errors are not kept in caches: the next request may succeed.
        let headers: HTTPFields = status == .ok ? [.eTag: tag, .cacheControl: "no-cache"] : [.cacheControl: "no-store"]
        if status == .ok, EntityTags.matches(request.headers[.ifNoneMatch], tag) { return .notModified(tag) }
        var response = Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        response.headers[.contentType] = type
        return response
    }
}

extension EntityTags {
    /// The tag of an answer that is told by what it says.
    static func strong(ofContent bytes: [UInt8]) -> String {
        strong(SHA256.hash(data: bytes).prefix(12).hexadecimal)
    }
}
