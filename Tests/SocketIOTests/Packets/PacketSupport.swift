import NIOCore
import SocketIO
import WebSocket

/// A buffer that does not begin at index 0, as slices of a body do not.
func buffer(_ text: String) -> ByteBuffer {
    buffer(Array(text.utf8))
}

func buffer(_ bytes: [UInt8]) -> ByteBuffer {
    var buffer = ByteBuffer(string: "???")
    buffer.moveReaderIndex(forwardBy: 3)
    buffer.writeBytes(bytes)
    return buffer
}

/// The Engine.IO packets of encoded bytes, read as a client of the transport would.
func enginePackets(_ rendered: ByteBuffer, from transport: Transport) throws -> [EnginePacket] {
    switch transport {
    case .polling: try PollingPayload.decode(rendered)
    case .webSocket: try framedPackets(rendered)
    }
}

private func framedPackets(_ rendered: ByteBuffer) throws -> [EnginePacket] {
    var packets: [EnginePacket] = []
    var rest = rendered
    while let first = rest.readInteger(as: UInt8.self), let short = rest.readInteger(as: UInt8.self) {
        let length =
            switch short {
            case 126: rest.readInteger(as: UInt16.self).map(Int.init)
            case 127: rest.readInteger(as: UInt64.self).map(Int.init)
            default: Int(short)
            }
        guard let length, let payload = rest.readSlice(length: length) else { throw PacketError("half a frame") }
        switch first {
        case 0x81: packets.append(try EnginePacket(text: payload))
        case 0x82: packets.append(.binary(payload))
        default: throw PacketError("not a whole, unmasked text or binary frame")
        }
    }
    return packets
}

extension PacketAssembler {
    /// Reads Engine.IO messages and returns the packets that they complete.
    mutating func packets(of messages: [EnginePacket]) throws(PacketError) -> [SocketPacket] {
        var packets: [SocketPacket] = []
        for message in messages {
            switch message {
            case .message(let text): if let packet = try receive(text: text) { packets.append(packet) }
            case .binary(let bytes): if let packet = try receive(binary: bytes) { packets.append(packet) }
            default: throw PacketError("not a message")
            }
        }
        return packets
    }
}

/// The one packet of a text without attachments.
func socketPacket(_ text: String, limits: PacketLimits = PacketLimits()) throws(PacketError) -> SocketPacket? {
    var assembler = PacketAssembler(limits: limits)
    return try assembler.receive(text: buffer(text))
}
