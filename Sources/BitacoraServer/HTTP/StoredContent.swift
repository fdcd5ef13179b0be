import HTTPTypes
import Hummingbird
import NIOCore
import SocketIO

/// A body that is kept to be sent many times: as it is, and compressed.
struct StoredContent: Sendable {
    private let bytes: ByteBuffer
    /// Nil where it is not compressed beforehand, or would not be shorter.
    private let compressed: ByteBuffer?
    private let type: String
    /// The tag of the bytes as they are.
    let tag: String

    /// - Parameters:
    ///   - type: the media type.
    ///   - level: how hard zlib tries, 1 to 9; nil to leave compressing to the time when the body is sent.
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

    /// The body in the form that the client takes, or 304 when the client has it.
    func response(to request: Request, cacheControl: String = "no-cache") -> Response {
        let shorter = Compression.isAccepted(by: request) ? compressed : nil
        // Other bytes cannot have the same strong tag (RFC 9110, section 8.8.3.3).
        let headers: HTTPFields = [.eTag: shorter == nil ? tag : EntityTags.weak(tag), .cacheControl: cacheControl]
        if EntityTags.matches(request.headers[.ifNoneMatch], tag) { return Response(status: .notModified, headers: headers) }
        var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: shorter ?? bytes))
        response.headers[.contentType] = type
        if shorter != nil { response.headers[.contentEncoding] = "gzip" }
        return response
    }
}
