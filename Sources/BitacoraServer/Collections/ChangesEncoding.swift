import EventLog
import NIOCore
import SocketIO
import WebSocket

extension EventEncoding {
    /// Appends the message `{"ops":[…],"offset":N}`.
    ///
    /// A reader that receives the message and is then cut off resumes after `offset`: the message has this offset as the
    /// id of its block of an event stream, and as the last argument of its Socket.IO event.
    ///
    /// - Parameters:
    ///   - operations: the operations as JSON, separated by commas.
    ///   - offset: where a reader resumes.
    func appendChanges(_ operations: [UInt8], at offset: Offset, _ log: LogID, to output: inout ByteBuffer) {
        let opening: StaticString = #"{"ops":["#
        let ending = #"],"offset":\#(offset)}"#
        let count = opening.utf8CodeUnitCount + operations.count + ending.utf8.count
        func appendMessage(to output: inout ByteBuffer) {
            output.writeStaticString(opening)
            output.writeBytes(operations)
            output.writeString(ending)
        }
        switch self {
        case .webSocket:
            output.reserveCapacity(minimumWritableBytes: count + 10)
            WebSocketFrameWriter.appendHeader(.text, payloadLength: count, to: &output)
            appendMessage(to: &output)
        case .serverSentEvents:
            output.reserveCapacity(minimumWritableBytes: count + 64)
            output.writeString("id: \(log):\(offset)\ndata: ")
            appendMessage(to: &output)
            output.writeStaticString("\n\n")
        case .socketIO(let format):
            var text = ByteBuffer()
            text.reserveCapacity(count + 128)
            text.writeString("42\(format.namespace),[\"changes\",")
            appendMessage(to: &text)
            text.writeString(format.hasPositions ? ",\"\(log):\(offset)\"]" : "]")
            OutgoingPacket(text: text).append(to: &output, for: format.transport)
        }
    }
}
