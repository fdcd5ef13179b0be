import JSON
import NIOCore
@testable import BitacoraServer

/// The messages that a subscriber was sent, parsed as a client parses them.
struct Received {
    /// One message: an event, or a control message.
    struct Message {
        let json: JSONValue
        /// The id and name of an event stream's block.
        var id: String?
        var name: String?

        var offset: Int? { json["offset"]?.int }
        /// The type of a control message.
        var control: String? { offset == nil ? json["type"]?.string : nil }
    }

    let messages: [Message]

    var offsets: [Int] { messages.compactMap(\.offset) }
    var controls: [String] { messages.compactMap(\.control) }

    init(_ bytes: ByteBuffer, _ encoding: EventEncoding) throws {
        messages = encoding == .webSocket ? try Self.frames(bytes) : try Self.blocks(bytes)
    }

    /// Whole, unmasked text frames (RFC 6455, section 5.2).
    private static func frames(_ bytes: ByteBuffer) throws -> [Message] {
        var bytes = bytes
        var messages: [Message] = []
        while bytes.readableBytes > 0 {
            guard bytes.readInteger(as: UInt8.self) == 0x81, let short = bytes.readInteger(as: UInt8.self) else {
                throw TestFailure("not a whole text frame")
            }
            let wide: Int? =
                switch short {
                case 126: bytes.readInteger(as: UInt16.self).map(Int.init)
                case 127: bytes.readInteger(as: UInt64.self).map(Int.init)
                default: Int(short)
                }
            guard let length = wide, let payload = bytes.readBytes(length: length) else {
                throw TestFailure("a cut frame")
            }
            messages.append(Message(json: try JSONValue(parsing: payload)))
        }
        return messages
    }

    /// Blocks of an event stream, each ended by an empty line.
    private static func blocks(_ bytes: ByteBuffer) throws -> [Message] {
        let text = String(buffer: bytes)
        guard text.isEmpty || text.hasSuffix("\n\n") else { throw TestFailure("a cut block") }
        return try text.split(separator: "\n\n").filter { !$0.hasPrefix(":") }.map { block in
            var fields: [Substring: String] = [:]
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                fields[parts[0]] = String(parts[1])
            }
            return Message(json: try JSONValue(parsing: fields["data"] ?? ""), id: fields["id"], name: fields["event"])
        }
    }
}
