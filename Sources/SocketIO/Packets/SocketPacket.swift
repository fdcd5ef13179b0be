package import NIOCore

/// The first character of a Socket.IO packet.
enum SocketPacketType: UInt8 {
    case connect = 0x30  // "0"
    case disconnect = 0x31
    case event = 0x32
    case ack = 0x33
    case connectError = 0x34
    case binaryEvent = 0x35
    case binaryAck = 0x36  // "6"

    /// Whether the character is followed by the number of attachments.
    var isBinary: Bool { self == .binaryEvent || self == .binaryAck }
}

/// A packet of Socket.IO protocol 5, whole: its attachments have come.
///
/// Payloads are sound JSON without insignificant whitespace. In those with attachments the
/// objects `{"_placeholder":true,"num":N}` stand for them; each `num` has its attachment, and no
/// two placeholders have the same.
package enum SocketPacket: Sendable, Hashable {
    /// A client asks for a namespace; `auth` is the text of a JSON object.
    case connect(namespace: String, auth: [UInt8]?)
    /// The sender leaves a namespace.
    case disconnect(namespace: String)
    /// An event; `arguments` is a JSON array whose first item is the name, a string or a number.
    case event(namespace: String, name: String, id: UInt64?, arguments: ByteBuffer, attachments: [ByteBuffer])
    /// The answer to an event with the same id; `arguments` is a JSON array.
    case ack(namespace: String, id: UInt64, arguments: ByteBuffer, attachments: [ByteBuffer])
    /// A server refuses a namespace; `payload` is the text of a JSON object. No client may send it.
    case connectError(namespace: String, payload: [UInt8])
}

extension SocketPacket {
    /// The namespace, beginning with a slash.
    package var namespace: String {
        switch self {
        case .connect(let namespace, _), .disconnect(let namespace), .event(let namespace, _, _, _, _),
            .ack(let namespace, _, _, _), .connectError(let namespace, _):
            namespace
        }
    }

    /// The packet with its attachments; one that can have none is left as it is.
    func with(_ attachments: [ByteBuffer]) -> SocketPacket {
        switch self {
        case .event(let namespace, let name, let id, let arguments, _):
            .event(namespace: namespace, name: name, id: id, arguments: arguments, attachments: attachments)
        case .ack(let namespace, let id, let arguments, _):
            .ack(namespace: namespace, id: id, arguments: arguments, attachments: attachments)
        case .connect, .disconnect, .connectError:
            self
        }
    }
}
