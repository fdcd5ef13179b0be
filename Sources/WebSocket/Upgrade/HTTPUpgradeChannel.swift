package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// An HTTP/1.1 child channel for Hummingbird in which any request of a connection, not only its
/// first, may become a WebSocket or a raw response stream, or be answered on the event loop.
///
/// ```
///  socket ─► RequestLimitHandler ─► RequestDecoder ─► HTTPUpgradeHandler ─► codec ─► NIOAsyncChannel ─► router
///         ◄──────────────────────── HTTPResponseEncoder ◄─┘
///  an exchange:
///  socket ─► RequestLimitHandler ─► RequestDecoder ─► HTTPUpgradeHandler ─► HTTPExchangeDelegate
///         ◄──────────────────────────────────────────◄─┘
///  taken over:
///  socket ◄─► WebSocketConnection or StreamConnection      (NIOAsyncChannel stays behind it, idle)
/// ```
/// The idle NIOAsyncChannel ends `handle` when the channel closes, so that the server waits for
/// taken-over connections when it shuts down.
package struct HTTPUpgradeChannel: HTTPChannelHandler {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    /// Decides about one request; runs on the event loop and must not block.
    package typealias Decision = @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision
    /// Makes the body of the answer to a request that the connection itself refuses.
    package typealias RejectionBody = @Sendable (RequestRejection) -> (contentType: String, bytes: ByteBuffer)

    package let responder: HTTPChannelHandler.Responder
    let limits: ConnectionLimits
    let rejectionBody: RejectionBody
    let decide: Decision

    /// - Parameters:
    ///   - responder: the router, as `HTTPServerBuilder` passes it on.
    ///   - limits: the maximum times and sizes of a connection.
    ///   - rejectionBody: the body of 400, 408, 414, 417, 426, 431 and 501; by default a line of text.
    ///   - decide: how each request is handled.
    package init(
        responder: @escaping HTTPChannelHandler.Responder,
        limits: ConnectionLimits = ConnectionLimits(),
        rejectionBody: @escaping RejectionBody = {
            ("text/plain; charset=utf-8", ByteBuffer(string: $0.detail + "\n"))
        },
        decide: @escaping Decision
    ) {
        self.responder = ExpectedBody.responder(responder)
        self.limits = limits
        self.rejectionBody = rejectionBody
        self.decide = decide
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try HTTPUpgradeHandler.addHandlers(
                to: channel, limits: limits, rejectionBody: rejectionBody, decide: decide)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
