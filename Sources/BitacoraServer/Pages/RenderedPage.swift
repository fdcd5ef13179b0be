public import EventLog
import HTTPTypes
public import Hummingbird
import Inspection
import NIOCore
import SocketIO

/// Formats values as text for pages.
public enum PageText {
    /// Escapes the characters of a text that a browser would act on instead of showing them: control characters, line
    /// separators, and marks that change the direction of writing. Each becomes text such as `\\u202e`.
    ///
    /// Use this for text that visitors wrote. The templates escape the characters of HTML.
    ///
    /// - Parameters:
    ///   - text: the text of a visitor.
    ///   - keepsNewlines: whether line feeds stay, for a text of several lines.
    public static func escaped(_ text: String, keepsNewlines: Bool = false) -> String {
        ShownText.escaped(text, keepsNewlines: keepsNewlines)
    }

    /// Returns a text without the whitespace at its ends.
    public static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Formats a number with a comma after each three digits: `1,234,567`.
    public static func grouped(_ value: some BinaryInteger) -> String { Amount.grouped(value) }

    /// Formats a number with a noun: `1 event`, `2 events`.
    public static func counted(_ value: some BinaryInteger, _ noun: String) -> String { Amount.counted(value, noun) }

    /// Formats a time in UTC, to the second: `2026-01-02 03:04:05`.
    public static func clock(_ time: Timestamp) -> String { time.toTheSecond }
}

/// A rendered page that is cached for the next requests, with its entity tag.
public struct RenderedPage: Sendable {
    private let content: CachedBody

    /// Caches the bytes of a page, and their compressed form unless the page is long.
    public init(_ bytes: [UInt8]) {
        // A long page is compressed in pieces when it is sent.
        content = CachedBody(
            bytes, type: "text/html; charset=utf-8", level: bytes.count <= Compression.maximumAtOnce ? 6 : nil)
    }

    /// Returns the answer with the page, or 304 when the client has the same page.
    public func response(to request: Request) -> Response { content.response(to: request) }
}

/// A body that is sent many times and cached uncompressed and compressed.
struct CachedBody: Sendable {
    private let bytes: ByteBuffer
    /// The compressed bytes; nil when the body is not compressed in advance, or would not become shorter.
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
