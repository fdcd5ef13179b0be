package import HummingbirdCore
package import Logging
package import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// An HTTP/1.1 child channel for Hummingbird in which any request of a connection, not only the first, may become a
/// WebSocket or a raw response stream, or be answered on the event loop.
///
/// ```
///  socket ─► RequestLimitHandler ─► RequestDecoder ─► HTTPUpgradeHandler ─► codec ─► NIOAsyncChannel ─► router
///         ◄──────────────────────── HTTPResponseEncoder ◄─┘
///  an exchange:
///  socket ─► RequestLimitHandler ─► RequestDecoder ─► HTTPUpgradeHandler ─► HTTPExchangeDelegate
///         ◄──────────────────────────────────────────◄─┘
///  upgraded:
///  socket ◄─► WebSocketConnection or StreamConnection      (NIOAsyncChannel stays after it, idle)
/// ```
/// A `DisconnectHandler`, between RequestDecoder and HTTPUpgradeHandler, serves ``DisconnectWatcher``. The idle
/// NIOAsyncChannel ends `handle` when the channel closes, so that the server waits for upgraded connections when it
/// shuts down.
package struct HTTPUpgradeChannel: HTTPChannelHandler {
    package typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    /// Decides about one request; runs on the event loop and must not block.
    package typealias Decision = @Sendable (HTTPRequestHead, any Channel) -> UpgradeDecision
    /// Makes the body of the response to a request that the connection itself rejects.
    package typealias RejectionBody = @Sendable (RequestRejection) -> (contentType: String, bytes: ByteBuffer)

    /// Answers the requests that go to the router.
    package let responder: HTTPChannelHandler.Responder
    private let limits: ConnectionLimits
    private let rejectionBody: RejectionBody
    private let decide: Decision

    /// - Parameters:
    ///   - responder: the router, as `HTTPServerBuilder` passes it.
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

    /// Puts the handlers of an HTTP connection into the pipeline of a new channel.
    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try HTTPHandlers.add(to: channel, limits: limits, rejectionBody: rejectionBody, decide: decide)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    /// Lets the router answer the requests of a connection, until the connection has closed.
    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}

/// The handlers of an HTTP connection around ``HTTPUpgradeHandler``, in its pipeline.
struct HTTPHandlers {
    /// Keeps the timers of the connection.
    let limiter: RequestLimitHandler
    private let decoder: ByteToMessageHandler<RequestDecoder>
    private let encoder: HTTPResponseEncoder
    private let disconnectHandler: DisconnectHandler
    private let codec: HTTP1ToHTTPServerCodec
    /// Writes bytes past the encoder: those that the router has not sent.
    private let encoderContext: ChannelHandlerContext

    /// Puts an ``HTTPUpgradeHandler`` and the handlers around it into the pipeline of a new connection.
    static func add(
        to channel: any Channel, limits: ConnectionLimits, rejectionBody: @escaping HTTPUpgradeChannel.RejectionBody,
        decide: @escaping HTTPUpgradeChannel.Decision
    ) throws {
        let handler = HTTPUpgradeHandler(
            limits: limits, rejectionBody: rejectionBody, decide: decide, now: channel.eventLoop.now)
        handler.attach(try HTTPHandlers(around: handler, in: channel, limits: limits))
    }

    private init(around handler: HTTPUpgradeHandler, in channel: any Channel, limits: ConnectionLimits) throws {
        limiter = RequestLimitHandler(handler: handler, limits: limits, eventLoop: channel.eventLoop)
        decoder = ByteToMessageHandler(RequestDecoder(handler: handler, limits: limits))
        // `ResponseFraming` sets these headers.
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        encoder = HTTPResponseEncoder(configuration: encoding)
        disconnectHandler = DisconnectHandler()
        codec = HTTP1ToHTTPServerCodec(secure: false)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([encoder, limiter, decoder, disconnectHandler, handler, codec])
        encoderContext = try pipeline.context(handler: encoder)
    }

    /// Writes and flushes bytes past the encoder, which frames only the router's responses.
    func write(_ first: ByteBuffer, _ second: ByteBuffer?, promise: EventLoopPromise<Void>?) {
        if let second {
            encoderContext.write(NIOAny(first), promise: nil)
            encoderContext.writeAndFlush(NIOAny(second), promise: promise)
        } else {
            encoderContext.writeAndFlush(NIOAny(first), promise: promise)
        }
    }

    /// Removes the decoder, which then hands over the bytes that it has not parsed.
    ///
    /// The decoder is removed in a later turn of the event loop, and keeps until then the bytes that are read.
    func removeDecoder(_ pipeline: ChannelPipeline.SynchronousOperations) -> EventLoopFuture<Void> {
        pipeline.removeHandler(decoder)
    }

    /// Removes all handlers of the HTTP connection after the decoder, and adds the handler of the upgrade, in one turn
    /// of the event loop.
    ///
    /// - Parameters:
    ///   - upgrade: what the connection becomes.
    ///   - handler: the handler of the HTTP connection, removed as the last one.
    ///   - context: the context of `handler`.
    ///   - unparsedBytes: what the decoder has handed over.
    ///   - owesRead: whether a read was requested while reads were held back.
    func handOver(
        to upgrade: HeldRequest.Upgrade, from handler: HTTPUpgradeHandler, _ context: ChannelHandlerContext,
        unparsedBytes: ByteBuffer?, owesRead: Bool
    ) {
        let pipeline = context.pipeline.syncOperations
        pipeline.removeHandler(limiter, promise: nil)
        pipeline.removeHandler(encoder, promise: nil)
        pipeline.removeHandler(disconnectHandler, promise: nil)
        pipeline.removeHandler(codec, promise: nil)
        context.writeAndFlush(NIOAny(upgrade.responseHead), promise: nil)
        do {
            try pipeline.addHandler(upgrade.makeHandler(context.channel), position: .after(handler))
        } catch {
            return context.close(promise: nil)
        }
        if let unparsedBytes {
            context.fireChannelRead(NIOAny(unparsedBytes))
            context.fireChannelReadComplete()
        }
        if owesRead { context.read() }
        pipeline.removeHandler(handler, promise: nil)
    }
}
