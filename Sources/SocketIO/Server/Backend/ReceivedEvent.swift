package import NIOCore

/// A client's event as it came.
package struct ReceivedEvent: Sendable {
    /// The id which the client wants acknowledged.
    package let id: UInt64?
    /// The text of a JSON array whose first item is the event's name; placeholders stand for attachments.
    package let arguments: ByteBuffer
    package let attachments: [ByteBuffer]

    package init(id: UInt64?, arguments: ByteBuffer, attachments: [ByteBuffer] = []) {
        self.id = id
        self.arguments = arguments
        self.attachments = attachments
    }
}
