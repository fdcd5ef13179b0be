import HTTPTypes
import Hummingbird
import NIOCore
import SocketIO

/// A body that is kept to be sent many times, uncompressed and compressed.
struct StoredContent: Sendable {
    private let bytes: ByteBuffer
    /// Nil when the body is not compressed in advance, or would not become shorter.
    private let compressed: ByteBuffer?
    private let type: String
    /// The tag of the uncompressed bytes.
    let tag: String

    /// - Parameters:
    ///   - type: the media type.
    ///   - level: zlib's level, 1 (fastest) to 9 (smallest); nil to compress the body only when it is sent.
    init(_ bytes: [UInt8], type: String, level: Int32?) {
        self.bytes = ByteBuffer(bytes: bytes)
        self.type = type
        tag = EntityTags.strong(ofContent: bytes)
        guard let level, bytes.count >= Compression.minimumBytes, Compression.applies(to: type) else {
            compressed = nil
            return
        }
        compressed = Gzip.compressed(self.bytes, level: level)
    }

    /// The body in the coding that the client accepts, or 304 when the client has it.
    func response(to request: Request, cacheControl: String = "no-cache") -> Response {
        let shorter = Compression.isAccepted(by: request) ? compressed : nil
        // The compressed bytes cannot have the same strong tag (RFC 9110, section 8.8.3.3).
        let headers: HTTPFields = [.eTag: shorter == nil ? tag : EntityTags.weak(tag), .cacheControl: cacheControl]
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: shorter ?? bytes))
        response.headers[.contentType] = type
        if shorter != nil { response.headers[.contentEncoding] = "gzip" }
        return response
    }
}
