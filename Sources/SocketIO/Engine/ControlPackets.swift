import NIOCore

/// The packets without content, made once.
enum ControlPackets {
    private static let frame = rendered(.ping(ByteBuffer()), for: .webSocket)
    private static let packet = rendered(.ping(ByteBuffer()), for: .polling)
    static let close = rendered(.close, for: .polling)
    static let noop = rendered(.noop, for: .polling)
    /// The answer to a WebSocket's `2probe`.
    static let probeAnswer = rendered(.pong(ByteBuffer(string: "probe")), for: .webSocket)

    static func ping(_ transport: Transport) -> ByteBuffer { transport == .webSocket ? frame : packet }

    private static func rendered(_ packet: EnginePacket, for transport: Transport) -> ByteBuffer {
        var output = ByteBuffer()
        packet.append(to: &output, for: transport)
        return output
    }
}
