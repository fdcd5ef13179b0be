import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

extension HTTPUpgradeHandler {
    /// The other handlers of the HTTP connection.
    struct Parts {
        let limiter: RequestLimitHandler
        let decoder: ByteToMessageHandler<RequestDecoder>
        let encoder: HTTPResponseEncoder
        let codec: HTTP1ToHTTPServerCodec
    }

    /// Puts the gate and the handlers around it into a new connection's pipeline.
    static func addHandlers(
        to channel: any Channel, limits: ConnectionLimits, rejectionBody: @escaping HTTPUpgradeChannel.RejectionBody,
        decide: @escaping HTTPUpgradeChannel.Decision
    ) throws {
        let gate = HTTPUpgradeHandler(
            limits: limits, rejectionBody: rejectionBody, decide: decide, now: channel.eventLoop.now)
        // The gate sets these headers (`frame(_:)`).
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        let parts = Parts(
            limiter: RequestLimitHandler(gate: gate, limits: limits),
            decoder: ByteToMessageHandler(RequestDecoder(gate: gate, limits: limits)),
            encoder: HTTPResponseEncoder(configuration: encoding),
            codec: HTTP1ToHTTPServerCodec(secure: false))
        gate.parts = parts
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([parts.encoder, parts.limiter, parts.decoder, gate, parts.codec])
        gate.encoderContext = try pipeline.context(handler: parts.encoder)
    }

    /// Hands the connection over to the handler of the held request.
    ///
    /// The decoder is removed first, and hands over the bytes after the request. It is removed in a later turn of the
    /// event loop, and keeps until then the bytes that are read. All other handlers are then removed in one turn.
    func takeOver() {
        guard let context, let parts, let held else { return }
        sequence.end()
        ignoresBytes = !held.readsOn
        timer?.cancel()
        timer = nil
        stallTimer?.cancel()
        stallTimer = nil
        context.pipeline.syncOperations.removeHandler(parts.decoder).assumeIsolated().whenSuccess { self.install() }
    }

    private func install() {
        guard let context, let parts, case .takeover(let head, let make, _) = held else { return }
        isHandedOver = true
        let pipeline = context.pipeline.syncOperations
        pipeline.removeHandler(parts.limiter, promise: nil)
        pipeline.removeHandler(parts.encoder, promise: nil)
        pipeline.removeHandler(parts.codec, promise: nil)
        context.writeAndFlush(NIOAny(head), promise: nil)
        do {
            try pipeline.addHandler(make(context.channel), position: .after(self))
        } catch {
            return context.close(promise: nil)
        }
        if let rest {
            context.fireChannelRead(NIOAny(rest))
            context.fireChannelReadComplete()
        }
        if owesRead { context.read() }
        pipeline.removeHandler(self, promise: nil)
    }
}
