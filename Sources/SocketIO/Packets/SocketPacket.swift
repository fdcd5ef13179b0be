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

    /// Whether the number of attachments follows the character.
    var isBinary: Bool { self == .binaryEvent || self == .binaryAck }
}

/// A complete packet of Socket.IO protocol 5, with its attachments.
///
/// Payloads are valid JSON without insignificant whitespace. Objects `{"_placeholder":true,"num":N}` stand for the
/// attachments; each `num` has an attachment, and no two placeholders have the same.
package enum SocketPacket: Sendable, Hashable {
    /// A client connects to a namespace; `auth` is the text of a JSON object.
    case connect(namespace: String, auth: [UInt8]?)
    /// The sender leaves a namespace.
    case disconnect(namespace: String)
    /// An event; `arguments` is a JSON array whose first item is the name, a string or a number.
    case event(namespace: String, name: String, id: UInt64?, arguments: ByteBuffer, attachments: [ByteBuffer])
    /// The acknowledgement of the event with the same id; `arguments` is a JSON array.
    case ack(namespace: String, id: UInt64, arguments: ByteBuffer, attachments: [ByteBuffer])
    /// A server refuses a client; `payload` is the text of a JSON object. Clients may not send it.
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

    /// The packet with these attachments. A packet that cannot have any stays the same.
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

/// The part of a Socket.IO packet before the JSON.
///
/// ```
/// type  count "-"       nsp ","   ack id
///  5      2    -     /admin  ,      17      ["name", …]
/// ```
/// Only binary packets have a count. A packet without a namespace belongs to `/`.
struct PacketHeader {
    let type: SocketPacketType
    /// The number of binary packets that follow; 0 for packets that are not binary.
    let attachmentCount: Int
    let namespace: String
    let id: UInt64?

    /// The highest ack id that JavaScript, and therefore every client, can represent exactly.
    static let maximumID: UInt64 = 1 << 53 - 1

    /// Reads the header from the start of a packet, so that the JSON is left.
    init(from text: inout ByteBuffer, limits: PacketLimits) throws(PacketError) {
        guard let first = text.readInteger(as: UInt8.self), let type = SocketPacketType(rawValue: first) else {
            throw PacketError("a Socket.IO packet does not begin with a digit from 0 to 6")
        }
        self.type = type
        attachmentCount = type.isBinary ? try Self.readCount(from: &text, upTo: limits.maximumAttachments) : 0
        namespace =
            text.nextByte == UInt8(ascii: "/")
            ? try Self.readNamespace(from: &text, maximumBytes: limits.maximumNamespaceBytes) : "/"
        id = try Self.readNumber(from: &text, upTo: Self.maximumID)
    }

    private static func readCount(from text: inout ByteBuffer, upTo limit: Int) throws(PacketError) -> Int {
        let count = try readNumber(from: &text, upTo: UInt64(clamping: limit))
        guard let count, text.readInteger(as: UInt8.self) == UInt8(ascii: "-") else {
            throw PacketError("a binary packet has no valid number of attachments")
        }
        return Int(count)
    }

    private static func readNamespace(from text: inout ByteBuffer, maximumBytes: Int) throws(PacketError) -> String {
        let comma = text.withUnsafeReadableBytes { $0.firstIndex(of: UInt8(ascii: ",")) }
        let length = comma ?? text.readableBytes
        guard length <= maximumBytes else {
            throw PacketError("the name of a namespace has more than \(maximumBytes) bytes")
        }
        guard length > 1 else {
            text.moveReaderIndex(forwardBy: comma == nil ? 1 : 2)
            return "/"
        }
        // One control character is the separator of polling packets, and all of them would make logs unreadable.
        let isPrintable = text.withUnsafeReadableBytes { $0.prefix(length).allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        guard isPrintable, let namespace = text.readString(length: length) else {
            throw PacketError("the name of a namespace contains a control character")
        }
        if comma != nil { text.moveReaderIndex(forwardBy: 1) }
        return namespace
    }

    /// - Returns: the number at the start of the text; nil when the text does not begin with a digit.
    private static func readNumber(from text: inout ByteBuffer, upTo limit: UInt64) throws(PacketError) -> UInt64? {
        var number: UInt64?
        while let byte = text.nextByte, byte &- UInt8(ascii: "0") < 10 {
            let next = (number ?? 0) * 10 + UInt64(byte - UInt8(ascii: "0"))
            guard next <= limit else {
                throw PacketError("the number of attachments or the ack id of a packet is more than \(limit)")
            }
            number = next
            text.moveReaderIndex(forwardBy: 1)
        }
        return number
    }
}

/// The event names that client and server libraries use for their own events.
package enum ReservedName {
    /// Whether no event may be sent with this name, in either direction.
    package static func contains(_ name: String) -> Bool {
        switch name {
        case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener": true
        default: false
        }
    }
}
