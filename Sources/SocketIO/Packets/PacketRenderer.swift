package import NIOCore
import WebSocket

/// Writes the events of one namespace straight into a buffer for one transport.
///
/// For feeds: where an event goes to many connections make an `OutgoingPacket` of it.
package struct PacketRenderer: Sendable {
    private let transport: Transport
    /// Everything before the first item: `42[` or `42/nsp,[`.
    private let start: [UInt8]

    /// - Parameter namespace: begins with a slash and holds neither a comma nor a control character.
    package init(namespace: String, transport: Transport) {
        self.transport = transport
        var start = ByteBuffer()
        OutgoingPacket.writeStart(.event, namespace: namespace, to: &start)
        start.writeInteger(UInt8(ascii: "["))
        self.start = Array(buffer: start)
    }

    /// Appends an event without an ack id, after any packets that are there.
    ///
    /// - Parameters:
    ///   - itemsLength: how many bytes `write` writes.
    ///   - write: writes what stands between the brackets, the name in quotes first, into exactly
    ///     that many bytes. Nothing is checked.
    package func appendEvent(
        itemsLength: Int, to output: inout ByteBuffer, write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let length = start.count + itemsLength + 1
        Self.appendStart(of: length, to: &output, for: transport)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { room in
            room.copyBytes(from: start)
            write(UnsafeMutableRawBufferPointer(rebasing: room[start.count..<(length - 1)]))
            room[length - 1] = UInt8(ascii: "]")
            return length
        }
    }

    /// Appends what stands before a text packet of a length: a frame's header, or a separator.
    static func appendStart(of length: Int, to output: inout ByteBuffer, for transport: Transport) {
        output.reserveCapacity(minimumWritableBytes: length + WebSocketFrameWriter.headerLength(forPayload: length))
        switch transport {
        case .webSocket: WebSocketFrameWriter.appendHeader(.text, payloadLength: length, to: &output)
        case .polling: PollingPayload.appendSeparator(to: &output)
        }
    }
}
