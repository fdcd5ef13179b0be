public import EventLog
import HTTPTypes
public import Hummingbird
import Inspection
import NIOCore
import SocketIO

/// Values as pages show them.
public enum PageText {
    /// A text that somebody else wrote, with `\\u202e` in place of each character that a browser would obey and not show:
    /// control characters, line separators, and marks that change the direction of writing.
    ///
    /// What HTML would obey is escaped by the templates.
    ///
    /// - Parameter keepsNewlines: true for a text of several lines.
    public static func escaped(_ text: String, keepsNewlines: Bool = false) -> String {
        ShownText.escaped(text, keepsNewlines: keepsNewlines)
    }

    /// A text without the whitespace at its ends.
    public static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// `1,234,567`
    public static func grouped(_ value: some BinaryInteger) -> String { Amount.grouped(value) }

    /// `1 event`, `2 events`
    public static func counted(_ value: some BinaryInteger, _ noun: String) -> String { Amount.counted(value, noun) }

    /// A time for people, in UTC: `2026-01-02 03:04:05`.
    public static func clock(_ time: Timestamp) -> String { time.toTheSecond }
}

/// A rendered page that is kept for the next requests, with its entity tag.
public struct RenderedPage: Sendable {
    private let content: StoredContent

    /// Keeps a page, compressed as well unless it is long.
    public init(_ bytes: [UInt8]) {
        // A long page is compressed piece by piece, when it is sent.
        content = StoredContent(
            bytes, type: "text/html; charset=utf-8", level: bytes.count <= Compression.maximumAtOnce ? 6 : nil)
    }

    /// The page, or 304 for a client that has it.
    public func response(to request: Request) -> Response { content.response(to: request) }
}

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
