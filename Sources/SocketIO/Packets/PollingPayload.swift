package import NIOCore
import WebSocket

/// The body of a polling request or response: packets, separated by one `0x1E` byte.
///
/// ```
/// 4hello ␞ 4world ␞ bAQIDBA==
/// ```
/// There are no lengths, and the body does not begin or end with a separator. Binary packets are `b` and base64.
package enum PollingPayload {
    /// The byte between two packets. It is a control character, so JSON texts do not contain it.
    package static let separator: UInt8 = 0x1E
    /// The character before base64, in place of a type.
    static let binaryMark = UInt8(ascii: "b")

    /// Reads a body of at least one packet.
    ///
    /// The caller limits the size of the body. Texts are slices of the body.
    ///
    /// - Parameter maximumPackets: the maximum number of packets.
    /// - Throws: an error when the body is not UTF-8, has too many packets, or an invalid one.
    package static func decode(_ body: ByteBuffer, maximumPackets: Int = 10_000) throws(PacketError) -> [EnginePacket] {
        guard isUTF8(body) else { throw PacketError("a polling body is not UTF-8") }
        var packets: [EnginePacket] = []
        var rest = body
        repeat {
            guard packets.count < maximumPackets else {
                throw PacketError("a polling body has more than \(maximumPackets) packets")
            }
            packets.append(try EnginePacket(text: takeFirst(of: &rest)))
        } while rest.readableBytes > 0
        guard !endsWithSeparator(body) else { throw PacketError("an Engine.IO packet is empty") }
        return packets
    }

    /// Removes the first packet and the separator after it, and returns the packet.
    static func takeFirst(of rest: inout ByteBuffer) -> ByteBuffer {
        let length = rest.withUnsafeReadableBytes { $0.firstIndex(of: separator) }
        guard let length, let packet = rest.readSlice(length: length) else {
            defer { rest.moveReaderIndex(to: rest.writerIndex) }
            return rest
        }
        rest.moveReaderIndex(forwardBy: 1)
        return packet
    }

    private static func endsWithSeparator(_ body: ByteBuffer) -> Bool {
        body.readableBytes > 0 && body.getInteger(at: body.writerIndex - 1) == separator
    }

    private static func isUTF8(_ body: ByteBuffer) -> Bool {
        var validator = UTF8Validator()
        return body.withUnsafeReadableBytes { validator.accept($0) } && validator.isComplete
    }

    /// Appends a separator, unless the body is empty.
    static func appendSeparator(to body: inout ByteBuffer) {
        if body.readableBytes > 0 { body.writeInteger(separator) }
    }
}

extension PollingPayload {
    /// Encodes the packets of a body as WebSocket frames, for packets that waited for a poll when the client upgraded.
    ///
    /// - Parameter body: empty, or packets that this module has encoded.
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
                preconditionFailure("the body contains a binary packet that this module has not encoded")
            }
            WebSocketFrameWriter.append(.binary, payload: binary, to: &frames)
        }
        return frames
    }
}
