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

/// What stands before the JSON of a Socket.IO packet.
///
/// ```
/// type  count "-"       nsp ","   ack id
///  5      2    -     /admin  ,      17      ["name", …]
/// ```
/// The count stands in binary packets only; without a namespace it is `/`.
struct PacketHeader {
    let type: SocketPacketType
    /// How many binary packets follow; 0 for packets that are not binary.
    let attachmentCount: Int
    let namespace: String
    let id: UInt64?

    /// The highest ack id that JavaScript, and so every client, can hold exactly.
    static let maximumID: UInt64 = 1 << 53 - 1

    /// Reads from the start of a packet and leaves the JSON.
    init(from text: inout ByteBuffer, limits: PacketLimits) throws(PacketError) {
        guard let first = text.readInteger(as: UInt8.self), let type = SocketPacketType(rawValue: first) else {
            throw PacketError("a Socket.IO packet begins with no type, a digit from 0 to 6")
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
            throw PacketError("a binary packet does not say how many attachments it has")
        }
        return Int(count)
    }

    private static func readNamespace(from text: inout ByteBuffer, maximumBytes: Int) throws(PacketError) -> String {
        let comma = text.withUnsafeReadableBytes { $0.firstIndex(of: UInt8(ascii: ",")) }
        let length = comma ?? text.readableBytes
        guard length <= maximumBytes else {
            throw PacketError("a namespace is longer than \(maximumBytes) bytes")
        }
        guard length > 1 else {
            text.moveReaderIndex(forwardBy: comma == nil ? 1 : 2)
            return "/"
        }
        // One of them is the separator of polling packets, and all would garble a log.
        let isPrintable = text.withUnsafeReadableBytes { $0.prefix(length).allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        guard isPrintable, let namespace = text.readString(length: length) else {
            throw PacketError("a namespace holds a control character")
        }
        if comma != nil { text.moveReaderIndex(forwardBy: 1) }
        return namespace
    }

    /// - Returns: the number of the digits at the start of the text; nil when there are none.
    private static func readNumber(from text: inout ByteBuffer, upTo limit: UInt64) throws(PacketError) -> UInt64? {
        var number: UInt64?
        while let byte = text.nextByte, byte &- UInt8(ascii: "0") < 10 {
            let next = (number ?? 0) * 10 + UInt64(byte - UInt8(ascii: "0"))
            guard next <= limit else {
                throw PacketError("a number of attachments or an ack id is above \(limit)")
            }
            number = next
            text.moveReaderIndex(forwardBy: 1)
        }
        return number
    }
}

/// The names that the libraries on both sides use for what happens to a socket itself.
package enum ReservedName {
    /// Whether an event may not be sent under this name, in either direction.
    package static func contains(_ name: String) -> Bool {
        switch name {
        case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener": true
        default: false
        }
    }
}
