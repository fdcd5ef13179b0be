package import NIOCore
import WebSocket

/// The body of a polling request or answer: packets with one `0x1E` byte between them.
///
/// ```
/// 4hello ␞ 4world ␞ bAQIDBA==
/// ```
/// There are no lengths, and no separator stands first or last. Binary is base64 behind a `b`.
package enum PollingPayload {
    /// Between two packets; as a control character it stands in no JSON text.
    package static let separator: UInt8 = 0x1E
    /// Instead of a type before base64.
    static let binaryMark = UInt8(ascii: "b")

    /// Reads a body of at least one packet.
    ///
    /// The size of the body is the caller's to bound. Texts are slices of the body.
    ///
    /// - Parameter maximumPackets: how many packets it may hold.
    /// - Throws: when the body is not UTF-8, holds too many packets, or one that is empty, of no
    ///   type, or not base64.
    package static func decode(_ body: ByteBuffer, maximumPackets: Int = 10_000) throws(PacketError) -> [EnginePacket] {
        guard isUTF8(body) else { throw PacketError("a polling body is not UTF-8") }
        var packets: [EnginePacket] = []
        var rest = body
        repeat {
            guard packets.count < maximumPackets else {
                throw PacketError("a polling body holds more than \(maximumPackets) packets")
            }
            packets.append(try EnginePacket(text: takeFirst(of: &rest)))
        } while rest.readableBytes > 0
        guard !endsWithSeparator(body) else { throw PacketError("an Engine.IO packet is empty") }
        return packets
    }

    /// Takes the first packet and the separator behind it.
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

    /// Appends what must stand before the next packet of a body.
    static func appendSeparator(to body: inout ByteBuffer) {
        if body.readableBytes > 0 { body.writeInteger(separator) }
    }
}

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
