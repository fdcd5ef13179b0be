import NIOCore
import NIOHTTP1

/// NIO's request parser with the limits of the connection; on its removal it hands over the bytes that it has not
/// parsed.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// An event that the gate gets through the pipeline when the decoder is removed: the bytes after the last request.
    struct Rest {
        let bytes: ByteBuffer
    }

    private let parser: HTTPRequestDecoder
    /// Set to nil on removal, because the gate refers to this decoder.
    private var gate: HTTPUpgradeHandler?

    init(gate: HTTPUpgradeHandler, limits: ConnectionLimits) {
        self.gate = gate
        var configuration = NIOHTTPDecoderLimitConfiguration()
        // The parser counts the target as a header and does not say which of the two was too long. Its limits in
        // bytes are larger than those of the connection, which the gate checks.
        configuration.maxHeaderListSize = limits.headerBytes + limits.targetBytes
        configuration.maxHeaderFieldSize = configuration.maxHeaderListSize
        configuration.maxHeaderFieldCount = limits.headerCount
        parser = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: configuration)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try parser.decode(context: context, buffer: &buffer)
        // The parser leaves bytes only in the middle of a head: the next request has begun in the read that ended the
        // last one. (The parser leaves no bytes of a method alone; the time of such a request starts with the next
        // byte.)
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
