package import NIOCore
import WebSocket

extension PollingPayload {
    /// The packets of a body as WebSocket frames: what waited for a poll when the client upgraded.
    ///
    /// - Parameter body: packets that this module has written, or nothing.
    package static func reframe(_ body: ByteBuffer) -> ByteBuffer {
        var frames = ByteBuffer()
        var rest = body
        while rest.readableBytes > 0 {
            var packet = takeFirst(of: &rest)
            guard packet.getInteger(at: packet.readerIndex) == binaryMark else {
                WebSocketFrameWriter.append(.text, payload: packet, to: &frames)
                continue
            }
            packet.moveReaderIndex(forwardBy: 1)
            guard let binary = ByteBuffer(base64: packet) else {
                preconditionFailure("only packets that were rendered for polling can be framed anew")
            }
            WebSocketFrameWriter.append(.binary, payload: binary, to: &frames)
        }
        return frames
    }
}
