import EventLog
import NIOCore

/// Events as blocks of an event stream (HTML Living Standard, 9.2 Server-sent events).
struct ServerSentEventEncoder: EventEncoder {
    /// A comment for a quiet stream, so that proxies and clients do not close it as a dead one. WebSockets send pings
    /// instead.
    static let keepAlive = ByteBuffer(string: ": still here\n\n")

    let log: LogID
    private var writer = EventJSONWriter()

    init(log: LogID) { self.log = log }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        output.writeString("id: \(log):\(event.offset)\ndata: ")
        writer.append(event, to: &output)
        output.writeStaticString("\n\n")
    }

    func replayed(_ head: Offset) -> ByteBuffer {
        control("replayed", at: head, ControlMessage.replayed(head, log))
    }

    func reset(_ reset: Reset) -> ByteBuffer {
        control("reset", at: reset.after, ControlMessage.reset(reset, log))
    }

    /// A control message has an id, too: a browser whose connection ends after the message resumes from this id, and
    /// not from the parameters of its first request.
    private func control(_ name: String, at offset: Offset, _ json: String) -> ByteBuffer {
        ByteBuffer(string: "id: \(log):\(offset)\nevent: \(name)\ndata: \(json)\n\n")
    }
}
