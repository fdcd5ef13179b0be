import NIOCore
import NIOHTTP1

/// NIO's request parser with our limits, which on its removal hands over the bytes that it did not parse.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// Told through the pipeline when the decoder is removed: the bytes behind the last request.
    struct Rest {
        let bytes: ByteBuffer
    }

    private let parser: HTTPRequestDecoder
    /// Set to nil on removal, as the gate refers to this decoder.
    private var gate: TakeoverGate?

    init(gate: TakeoverGate, limits: ConnectionLimits) {
        self.gate = gate
        var configuration = NIOHTTPDecoderLimitConfiguration()
        // The parser counts the target as a header and does not say which of them was too long. It is the
        // hard stop; the gate has the exact limits.
        configuration.maxHeaderListSize = limits.headerBytes + limits.targetBytes
        configuration.maxHeaderFieldSize = configuration.maxHeaderListSize
        configuration.maxHeaderFieldCount = limits.headerCount
        parser = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: configuration)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try parser.decode(context: context, buffer: &buffer)
        // The parser keeps bytes only inside a head: the next request has begun in the read that ended the
        // last one. (It does not keep a bare method, whose clock starts with the byte after it.)
        if buffer.readableBytes > 0 { _ = gate?.bytesArrived() }
        return state
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        guard !seenEOF else { return try parser.decodeLast(context: context, buffer: &buffer, seenEOF: true) }
        if buffer.readableBytes > 0 {
            context.fireUserInboundEventTriggered(Rest(bytes: buffer))
            buffer.clear()
        }
        return .needMoreData
    }

    func decoderAdded(context: ChannelHandlerContext) { parser.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) {
        parser.decoderRemoved(context: context)
        gate = nil
    }
}
