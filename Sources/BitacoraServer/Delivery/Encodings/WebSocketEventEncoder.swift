import EventLog
import NIOCore
import WebSocket

/// Events as text messages of a plain WebSocket (RFC 6455).
struct WebSocketEventEncoder: EventEncoder {
    let log: LogID
    private var writer = EventJSONWriter()

    init(log: LogID) { self.log = log }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        let bound = writer.bound(event)
        output.writeTextFrame(bound: bound) { start in writer.write(event, to: start) }
    }

    func replayed(_ head: Offset) -> ByteBuffer { message(ControlMessage.replayed(head, log)) }

    func reset(_ reset: Reset) -> ByteBuffer { message(ControlMessage.reset(reset, log)) }

    private func message(_ json: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        WebSocketFrameWriter.append(text: json, to: &buffer)
        return buffer
    }
}

extension ByteBuffer {
    /// Writes a text frame whose length is known only after the payload has been written.
    ///
    /// Nearly every frame has a header of four bytes, so the payload is written four bytes after the start of the
    /// frame; when the header has another length, the payload is moved.
    ///
    /// - Parameters:
    ///   - bound: the maximum number of bytes that `payload` writes.
    ///   - payload: writes at the given address, and returns the number of bytes.
    @inline(__always)
    mutating func writeTextFrame(bound: Int, payload: (UnsafeMutableRawPointer) -> Int) {
        let usual = 4
        writeWithUnsafeMutableBytes(minimumWritableBytes: bound + 10) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            let count = payload(start + usual)
            let header = WebSocketFrameWriter.headerLength(forPayload: count)
            if header != usual { (start + header).copyMemory(from: start + usual, byteCount: count) }
            WebSocketFrameWriter.writeHeader(.text, payloadLength: count, to: start)
            return header + count
        }
    }
}
