package import NIOCore
import WebSocket

/// A Socket.IO packet on its way out, made once and rendered for as many connections as want it.
package struct OutgoingPacket: Sendable, Hashable {
    /// The Engine.IO type and the Socket.IO packet, as `42["name",1]`; UTF-8.
    package let text: ByteBuffer
    /// The binary packets behind it.
    package let attachments: [ByteBuffer]
    /// Whether a guarded rendering differs from the plain one.
    private let needsGuard: Bool

    /// - Parameter isRemembered: whether it is an event without an ack id, whose last item a client
    ///   with recovery may take for an offset.
    package init(text: ByteBuffer, attachments: [ByteBuffer] = [], isRemembered: Bool = false) {
        self.text = text
        self.attachments = attachments
        let last = text.getInteger(at: text.writerIndex - 2, as: UInt16.self)
        needsGuard = isRemembered && last == Self.stringAtEnd
    }

    /// `"]`: in a JSON array nothing but a string can end so.
    private static let stringAtEnd = UInt16(UInt8(ascii: "\"")) << 8 | UInt16(UInt8(ascii: "]"))
    private static let guardBytes = ",null]"

    /// Appends what stands before a text packet of a length: a frame's header, or a separator.
    private static func appendStart(of length: Int, to output: inout ByteBuffer, for transport: Transport) {
        output.reserveCapacity(minimumWritableBytes: length + WebSocketFrameWriter.headerLength(forPayload: length))
        switch transport {
        case .webSocket: WebSocketFrameWriter.appendHeader(.text, payloadLength: length, to: &output)
        case .polling: PollingPayload.appendSeparator(to: &output)
        }
    }

    /// Appends the packet as it lies on the transport, after any packets that are there.
    ///
    /// WebSocket: a text frame, then a binary frame for each attachment. Polling: packets with
    /// separators between them.
    ///
    /// - Parameter guarded: puts `null` behind a last item that is a string, the name of an event
    ///   without arguments included. A stock client that was given a private id would remember
    ///   that string as the offset to recover from.
    package func append(to output: inout ByteBuffer, for transport: Transport, guarded: Bool = false) {
        let isGuarded = guarded && needsGuard
        let length = text.readableBytes + (isGuarded ? Self.guardBytes.utf8.count - 1 : 0)
        Self.appendStart(of: length, to: &output, for: transport)
        if isGuarded {
            text.withUnsafeReadableBytes { _ = output.writeBytes($0.dropLast()) }
            output.writeString(Self.guardBytes)
        } else {
            output.writeImmutableBuffer(text)
        }
        for attachment in attachments {
            EnginePacket.append(binary: attachment, to: &output, for: transport)
        }
    }

    /// The packet alone, as it lies on the transport.
    package func rendered(for transport: Transport, guarded: Bool = false) -> ByteBuffer {
        var output = ByteBuffer()
        append(to: &output, for: transport, guarded: guarded)
        return output
    }
}
