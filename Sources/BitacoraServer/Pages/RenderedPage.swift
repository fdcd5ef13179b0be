import Hummingbird

/// A rendered page that is kept for the next requests, with its entity tag.
struct RenderedPage: Sendable {
    private let content: StoredContent

    init(_ bytes: [UInt8]) {
        // A long page is compressed piece by piece, when it is sent.
        content = StoredContent(
            bytes, type: "text/html; charset=utf-8", level: bytes.count <= Compression.maximumAtOnce ? 6 : nil)
    }

    /// The page, or 304 for a client that has it.
    func response(to request: Request) -> Response { content.response(to: request) }
}
