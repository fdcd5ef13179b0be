import JSON
package import NIOCore
import WebSocket

/// The first character of an Engine.IO text packet.
package enum EnginePacketType: UInt8, Sendable, CaseIterable {
    case open = 0x30  // "0"
    case close = 0x31
    case ping = 0x32
    case pong = 0x33
    case message = 0x34
    case upgrade = 0x35
    case noop = 0x36  // "6"
}

/// A packet of Engine.IO protocol 4.
///
/// Texts are the UTF-8 after the type's character.
package enum EnginePacket: Sendable, Hashable {
    /// The handshake, a JSON object; the first packet of a session.
    case open(ByteBuffer)
    /// The session has ended.
    case close
    /// The server's heartbeat, or a client's `probe` of a WebSocket before the upgrade.
    case ping(ByteBuffer)
    /// The answer to a ping, with the same text.
    case pong(ByteBuffer)
    /// Text for the layer above.
    case message(ByteBuffer)
    /// From now on the client uses the transport that this packet came over.
    case upgrade
    /// No content; releases a waiting poll.
    case noop
    /// Bytes for the layer above.
    case binary(ByteBuffer)
}

extension EnginePacket {
    /// Reads a text packet. The caller has checked that it is UTF-8.
    ///
    /// Text after the character of a close, upgrade or noop is ignored. `b` and base64 are a binary packet: polling
    /// has no other form, and over WebSocket stock clients send this form with `forceBase64`.
    ///
    /// - Throws: an error when the text is empty, does not begin with a type, or has no valid base64 after a `b`.
    package init(text: ByteBuffer) throws(PacketError) {
        var payload = text
        guard let first = payload.readInteger(as: UInt8.self) else {
            throw PacketError("an Engine.IO packet is empty")
        }
        guard first != PollingPayload.binaryMark else {
            guard let binary = ByteBuffer(base64: payload) else {
                throw PacketError("a binary packet is not valid base64")
            }
            self = .binary(binary)
            return
        }
        guard let type = EnginePacketType(rawValue: first) else {
            throw PacketError("an Engine.IO packet does not begin with a digit from 0 to 6 or b")
        }
        switch type {
        case .open: self = .open(payload)
        case .close: self = .close
        case .ping: self = .ping(payload)
        case .pong: self = .pong(payload)
        case .message: self = .message(payload)
        case .upgrade: self = .upgrade
        case .noop: self = .noop
        }
    }
}

extension EnginePacket {
    /// Appends the packet, encoded for the transport: a WebSocket frame, or a packet of a polling body, with a separator
    /// before it if the body is not empty.
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

    /// Appends a binary message: a binary frame, or `b` and base64.
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

extension EnginePacket {
    /// The open packet, with the parameters of the session.
    ///
    /// It has exactly these keys in this order; clients and conformance suites check them.
    ///
    /// - Parameters:
    ///   - sid: the session's secret id.
    ///   - canUpgrade: whether the client may change to a WebSocket: the session began with polling, and upgrades are
    ///     enabled.
    ///   - pingInterval: the time from one ping to the next; written in whole milliseconds.
    ///   - pingTimeout: the time for the answer to a ping; written in whole milliseconds.
    ///   - maximumPayload: the maximum number of bytes of a body or message of the client.
    package static func handshake(
        sid: String, canUpgrade: Bool, pingInterval: Duration, pingTimeout: Duration, maximumPayload: Int
    ) -> EnginePacket {
        var text = ByteBuffer()
        text.writeString("{\"sid\":")
        text.writeJSONString(sid)
        text.writeString(",\"upgrades\":\(canUpgrade ? "[\"websocket\"]" : "[]")")
        text.writeString(",\"pingInterval\":\(milliseconds(pingInterval))")
        text.writeString(",\"pingTimeout\":\(milliseconds(pingTimeout))")
        text.writeString(",\"maxPayload\":\(maximumPayload)}")
        return .open(text)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}

/// The packets without content, encoded once.
enum ControlPackets {
    private static let frame = encoded(.ping(ByteBuffer()), for: .webSocket)
    private static let packet = encoded(.ping(ByteBuffer()), for: .polling)
    static let close = encoded(.close, for: .polling)
    static let noop = encoded(.noop, for: .polling)
    /// The answer to `2probe`.
    static let probeAnswer = encoded(.pong(ByteBuffer(string: "probe")), for: .webSocket)

    static func ping(_ transport: Transport) -> ByteBuffer { transport == .webSocket ? frame : packet }

    private static func encoded(_ packet: EnginePacket, for transport: Transport) -> ByteBuffer {
        var output = ByteBuffer()
        packet.append(to: &output, for: transport)
        return output
    }
}

/// The transport of a session's packets.
public enum Transport: String, Sendable, Hashable, CaseIterable {
    /// HTTP long polling: a GET waits for packets of the server, and a POST carries packets of the client.
    case polling
    /// WebSocket: each packet is one message.
    case webSocket = "websocket"
}
