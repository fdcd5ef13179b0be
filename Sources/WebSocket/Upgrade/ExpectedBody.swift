import HTTPTypes
import HummingbirdCore
import NIOCore

/// The body of a request with an `Expect` header: the first read of it sends `100 Continue`.
///
/// A route that rejects the request by its head alone never reads the body, so its response is sent instead of
/// `100 Continue` (RFC 9110, section 10.1.1).
/// ```
///  router                     HTTPUpgradeHandler         client
///                  head ◄──── head                  ◄─── head, Expect: 100-continue
///  reads the body, Wanted ──► 100 Continue          ───► (waits)
///                  body ◄──── body                  ◄─── body
/// ```
struct ExpectedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// An event that `HTTPUpgradeHandler` gets through the pipeline: the body is being read.
    struct Wanted: Sendable {}

    private let body: RequestBody
    private let channel: any Channel

    /// Wraps the bodies of requests with an `Expect` header; `HTTPUpgradeHandler` decides whether the client
    /// waits.
    static func responder(_ respond: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            guard request.headers[.expect] != nil else { return try await respond(request, writer, channel) }
            var request = request
            request.body = RequestBody(asyncSequence: ExpectedBody(request.body, channel))
            try await respond(request, writer, channel)
        }
    }

    private init(_ body: RequestBody, _ channel: any Channel) {
        self.body = body
        self.channel = channel
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body.makeAsyncIterator(), channel) }

    struct AsyncIterator: AsyncIteratorProtocol {
        private var parts: RequestBody.AsyncIterator
        private let channel: any Channel
        private var isWanted = false

        fileprivate init(_ parts: RequestBody.AsyncIterator, _ channel: any Channel) {
            self.parts = parts
            self.channel = channel
        }

        @concurrent mutating func next() async throws -> ByteBuffer? {
            if !isWanted {
                isWanted = true
                channel.triggerUserOutboundEvent(Wanted(), promise: nil)
            }
            return try await parts.next()
        }
    }
}
