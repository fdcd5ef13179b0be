public import Hummingbird

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
