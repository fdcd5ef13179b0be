import Hummingbird

/// A page that is kept as it was rendered, with the tag that its readers have it by.
struct RenderedPage: Sendable {
    private let content: StoredContent

    init(_ bytes: [UInt8]) {
        // A long page is compressed piece by piece, when it is sent.
        content = StoredContent(bytes, type: "text/html; charset=utf-8", level: bytes.count <= Compression.maximumAtOnce ? 6 : nil)
    }

    /// Costs little when it is the page that the reader has.
    func response(to request: Request) -> Response { content.response(to: request) }
}
