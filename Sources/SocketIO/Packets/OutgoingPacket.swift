package import NIOCore
import WebSocket

/// A Socket.IO packet to send. It is created once and encoded for any number of connections.
package struct OutgoingPacket: Sendable, Hashable {
    /// The Engine.IO type and the Socket.IO packet, as `42["name",1]`; UTF-8.
    package let text: ByteBuffer
    /// The binary packets that follow the text.
    package let attachments: [ByteBuffer]
    /// Whether the packet with a guard differs from the packet without.
    private let needsGuard: Bool

    /// - Parameter isRemembered: whether the packet is an event without an ack id: a client with recovery may take the
    ///   last item of such an event for a position.
    package init(text: ByteBuffer, attachments: [ByteBuffer] = [], isRemembered: Bool = false) {
        self.text = text
        self.attachments = attachments
        let last = text.getInteger(at: text.writerIndex - 2, as: UInt16.self)
        needsGuard = isRemembered && last == Self.stringAtEnd
    }

    /// `"]`: a JSON array with this end has a string as its last item.
    private static let stringAtEnd = UInt16(UInt8(ascii: "\"")) << 8 | UInt16(UInt8(ascii: "]"))
    private static let guardBytes = ",null]"

    /// Appends the start of a text packet of this length: a frame's header, or a separator.
    private static func appendStart(of length: Int, to output: inout ByteBuffer, for transport: Transport) {
        output.reserveCapacity(minimumWritableBytes: length + WebSocketFrameWriter.headerLength(forPayload: length))
        switch transport {
        case .webSocket: WebSocketFrameWriter.appendHeader(.text, payloadLength: length, to: &output)
        case .polling: PollingPayload.appendSeparator(to: &output)
        }
    }

    /// Appends the packet, encoded for the transport.
    ///
    /// WebSocket: a text frame, then a binary frame for each attachment. Polling: packets with
    /// separators between them.
    ///
    /// - Parameter guarded: whether `null` is appended to an event whose last item is a string; the name of an event
    ///   without arguments counts too. A stock client with a private id would remember that string as the position to
    ///   recover from.
    package func append(to output: inout ByteBuffer, for transport: Transport, guarded: Bool = false) {
        let isGuarded = guarded && needsGuard
        let length = text.readableBytes + (isGuarded ? Self.guardBytes.utf8.count - 1 : 0)
        Self.appendStart(of: length, to: &output, for: transport)
        if isGuarded {
            text.withUnsafeReadableBytes { _ = output.writeBytes($0.dropLast()) }
            output.writeString(Self.guardBytes)
        } else {
            output.writeImmutableBuffer(text)
        }
        for attachment in attachments {
            EnginePacket.append(binary: attachment, to: &output, for: transport)
        }
    }

    /// The packet alone, encoded for the transport.
    package func encoded(for transport: Transport, guarded: Bool = false) -> ByteBuffer {
        var output = ByteBuffer()
        append(to: &output, for: transport, guarded: guarded)
        return output
    }
}

extension OutgoingPacket {
    /// An event.
    ///
    /// - Parameters:
    ///   - name: the event's name; not a reserved one.
    ///   - arguments: the arguments after the name.
    ///   - namespace: begins with a slash and contains neither a comma nor a control character.
    ///   - id: the ack id, at most 2^53 − 1; nil if no acknowledgement is wanted.
    package static func event(
        _ name: String, _ arguments: EncodedArguments, namespace: String = "/", id: UInt64? = nil
    ) -> OutgoingPacket {
        var text = ByteBuffer()
        text.reserveCapacity(32 + namespace.utf8.count + name.utf8.count + arguments.items.readableBytes)
        writeStart(.event, namespace: namespace, id: id, attachments: arguments.attachments.count, to: &text)
        text.writeInteger(UInt8(ascii: "["))
        text.writeJSONString(name)
        if arguments.items.readableBytes > 0 { text.writeInteger(UInt8(ascii: ",")) }
        text.writeImmutableBuffer(arguments.items)
        text.writeInteger(UInt8(ascii: "]"))
        return OutgoingPacket(text: text, attachments: arguments.attachments, isRemembered: id == nil)
    }

    /// The acknowledgement of the event with this ack id.
    package static func ack(_ id: UInt64, _ arguments: EncodedArguments, namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        text.reserveCapacity(32 + namespace.utf8.count + arguments.items.readableBytes)
        writeStart(.ack, namespace: namespace, id: id, attachments: arguments.attachments.count, to: &text)
        text.writeInteger(UInt8(ascii: "["))
        text.writeImmutableBuffer(arguments.items)
        text.writeInteger(UInt8(ascii: "]"))
        return OutgoingPacket(text: text, attachments: arguments.attachments)
    }

    /// The acknowledgement of the event with this ack id, from the text of a JSON array.
    package static func ack(_ id: UInt64, array: [UInt8], namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.ack, namespace: namespace, id: id, to: &text)
        text.writeBytes(array)
        return OutgoingPacket(text: text)
    }

    /// The answer to a CONNECT.
    ///
    /// - Parameters:
    ///   - sid: the socket's public id, not the session's secret one.
    ///   - pid: the private id, if the client may recover the session.
    package static func connect(sid: String, pid: String? = nil, namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.connect, namespace: namespace, to: &text)
        text.writeString("{\"sid\":")
        text.writeJSONString(sid)
        if let pid {
            text.writeString(",\"pid\":")
            text.writeJSONString(pid)
        }
        text.writeInteger(UInt8(ascii: "}"))
        return OutgoingPacket(text: text)
    }

    /// The refusal of a CONNECT.
    ///
    /// - Parameters:
    ///   - message: for the client's user or developer.
    ///   - data: the text of any JSON value, for the client's program.
    package static func connectError(
        _ message: String, data: [UInt8]? = nil, namespace: String = "/"
    ) -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.connectError, namespace: namespace, to: &text)
        text.writeString("{\"message\":")
        text.writeJSONString(message)
        if let data {
            text.writeString(",\"data\":")
            text.writeBytes(data)
        }
        text.writeInteger(UInt8(ascii: "}"))
        return OutgoingPacket(text: text)
    }

    /// Disconnects the client from a namespace.
    package static func disconnect(namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.disconnect, namespace: namespace, to: &text)
        return OutgoingPacket(text: text)
    }

    /// Appends everything before the JSON: `4`, the type, count, namespace, ack id.
    static func writeStart(
        _ type: SocketPacketType, namespace: String, id: UInt64? = nil, attachments: Int = 0, to text: inout ByteBuffer
    ) {
        text.writeInteger(EnginePacketType.message.rawValue)
        if attachments > 0 {
            text.writeInteger((type == .event ? SocketPacketType.binaryEvent : .binaryAck).rawValue)
            text.writeDecimal(attachments)
            text.writeInteger(UInt8(ascii: "-"))
        } else {
            text.writeInteger(type.rawValue)
        }
        if namespace != "/" {
            text.writeString(namespace)
            text.writeInteger(UInt8(ascii: ","))
        }
        if let id { text.writeDecimal(id) }
    }
}

extension OutgoingPacket {
    /// The bytes of the text and the attachments.
    var byteCount: Int { attachments.reduce(text.readableBytes) { $0 + $1.readableBytes } }
}
