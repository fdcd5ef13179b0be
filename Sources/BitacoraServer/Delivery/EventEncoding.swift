import EventLog
import NIOCore
import WebSocket

/// How events lie on the wire of a subscriber.
///
/// Everything a subscriber gets is bytes that others may get too, so each is
/// encoded once for all of them.
enum EventEncoding: Hashable, Sendable {
    /// One JSON event a text message (RFC 6455).
    case webSocket
    /// `id: logid:offset` and `data: {event}` (HTML Living Standard, 9.2 Server-sent events).
    case serverSentEvents
}

/// Writes events and control messages in one encoding.
struct EventEncoder {
    private let encoding: EventEncoding
    private let log: LogID
    private var writer = EventJSONWriter()

    init(_ encoding: EventEncoding, log: LogID) {
        self.encoding = encoding
        self.log = log
    }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        switch encoding {
        case .webSocket:
            appendMessage(event, to: &output)
        case .serverSentEvents:
            output.writeString("id: \(log):\(event.offset)\ndata: ")
            appendJSON(event, to: &output)
            output.writeStaticString("\n\n")
        }
    }

    private mutating func appendJSON(_ event: borrowing EventView, to output: inout ByteBuffer) {
        let bound = writer.bound(event)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return writer.write(event, to: start)
        }
    }

    /// A frame's header tells its length, which is known only after the JSON
    /// is written: nearly always it takes four bytes, so the JSON is written
    /// behind that much and moved in the other cases.
    private mutating func appendMessage(_ event: borrowing EventView, to output: inout ByteBuffer) {
        let bound = writer.bound(event)
        let usual = 4
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound + 10) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            let count = writer.write(event, to: start + usual)
            let header = WebSocketFrameWriter.headerLength(forPayload: count)
            if header != usual { (start + header).copyMemory(from: start + usual, byteCount: count) }
            WebSocketFrameWriter.writeHeader(.text, payloadLength: count, to: start)
            return header + count
        }
    }

    /// Tells a subscriber that it has everything up to `head`.
    func replayed(_ head: Offset) -> ByteBuffer {
        control("replayed", at: head, #"{"type":"replayed","head":\#(head),"position":"\#(log):\#(head)"}"#)
    }

    /// Tells a subscriber that what it had is not of this log, and that all of it follows.
    func reset(_ reset: Reset) -> ByteBuffer {
        control("reset", at: reset.first.previous, #"{"type":"reset","reason":"\#(reset.reason.rawValue)","first":\#(reset.first),"head":\#(reset.head),"position":"\#(log):\#(reset.first.previous)"}"#)
    }

    /// An event stream's control messages have an id too: a browser that is cut
    /// off behind one resumes from there, not from what it asked for at first.
    private func control(_ name: String, at offset: Offset, _ json: String) -> ByteBuffer {
        switch encoding {
        case .webSocket:
            var buffer = ByteBuffer()
            WebSocketFrameWriter.append(text: json, to: &buffer)
            return buffer
        case .serverSentEvents:
            return ByteBuffer(string: "id: \(log):\(offset)\nevent: \(name)\ndata: \(json)\n\n")
        }
    }

    /// What keeps proxies and clients from taking a quiet stream for a dead
    /// one; WebSockets ping instead.
    static let keepAlive = ByteBuffer(string: ": still here\n\n")
}
