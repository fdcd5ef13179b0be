package import NIOCore
import WebSocket

extension EnginePacket {
    /// Appends the packet as it lies on the transport: a WebSocket frame, or a packet of a polling
    /// body with a separator before it where the body is not empty.
    package func append(to output: inout ByteBuffer, for transport: Transport) {
        switch self {
        case .open(let text): Self.append(.open, text, to: &output, for: transport)
        case .close: Self.append(.close, ByteBuffer(), to: &output, for: transport)
        case .ping(let text): Self.append(.ping, text, to: &output, for: transport)
        case .pong(let text): Self.append(.pong, text, to: &output, for: transport)
        case .message(let text): Self.append(.message, text, to: &output, for: transport)
        case .upgrade: Self.append(.upgrade, ByteBuffer(), to: &output, for: transport)
        case .noop: Self.append(.noop, ByteBuffer(), to: &output, for: transport)
        case .binary(let bytes): Self.append(binary: bytes, to: &output, for: transport)
        }
    }

    private static func append(
        _ type: EnginePacketType, _ text: ByteBuffer, to output: inout ByteBuffer, for transport: Transport
    ) {
        switch transport {
        case .webSocket:
            WebSocketFrameWriter.appendHeader(.text, payloadLength: 1 + text.readableBytes, to: &output)
        case .polling:
            PollingPayload.appendSeparator(to: &output)
        }
        output.writeInteger(type.rawValue)
        output.writeImmutableBuffer(text)
    }

    /// Appends bytes for the layer above: a binary frame, or `b` and base64.
    static func append(binary: ByteBuffer, to output: inout ByteBuffer, for transport: Transport) {
        switch transport {
        case .webSocket:
            WebSocketFrameWriter.append(.binary, payload: binary, to: &output)
        case .polling:
            PollingPayload.appendSeparator(to: &output)
            output.writeInteger(PollingPayload.binaryMark)
            output.writeBase64(binary)
        }
    }
}
