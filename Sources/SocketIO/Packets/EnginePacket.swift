package import NIOCore

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
/// Texts are the UTF-8 behind the type's character.
package enum EnginePacket: Sendable, Hashable {
    /// The handshake, a JSON object; the first packet of a session.
    case open(ByteBuffer)
    /// The session is over.
    case close
    /// The server's heartbeat, or a client's `probe` of a WebSocket before it upgrades.
    case ping(ByteBuffer)
    /// The answer to a ping, with the same text.
    case pong(ByteBuffer)
    /// Text for the layer above.
    case message(ByteBuffer)
    /// From here on the client uses the transport that this packet came by.
    case upgrade
    /// Nothing; it releases a waiting poll.
    case noop
    /// Bytes for the layer above.
    case binary(ByteBuffer)
}

extension EnginePacket {
    /// Reads a text packet, which the caller knows to be UTF-8.
    ///
    /// What follows the character of a close, upgrade or noop is ignored. `b` and base64 are a binary packet: polling
    /// has no other form, and on WebSockets stock clients send this form with `forceBase64`.
    ///
    /// - Throws: when the text is empty, begins with no type, or is not base64 behind its `b`.
    package init(text: ByteBuffer) throws(PacketError) {
        var payload = text
        guard let first = payload.readInteger(as: UInt8.self) else {
            throw PacketError("an Engine.IO packet is empty")
        }
        guard first != PollingPayload.binaryMark else {
            guard let binary = ByteBuffer(base64: payload) else {
                throw PacketError("a binary packet is not standard base64")
            }
            self = .binary(binary)
            return
        }
        guard let type = EnginePacketType(rawValue: first) else {
            throw PacketError("an Engine.IO packet begins with no type, a digit from 0 to 6 or b")
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
