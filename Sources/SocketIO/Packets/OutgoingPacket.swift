package import NIOCore
import WebSocket

/// A Socket.IO packet on its way out, made once and rendered for as many connections as want it.
package struct OutgoingPacket: Sendable, Hashable {
    /// The Engine.IO type and the Socket.IO packet, as `42["name",1]`; UTF-8.
    package let text: ByteBuffer
    /// The binary packets behind it.
    package let attachments: [ByteBuffer]
    /// Whether a guarded rendering differs from the plain one.
    private let needsGuard: Bool

    /// - Parameter isRemembered: whether it is an event without an ack id, whose last item a client
    ///   with recovery may take for an offset.
    package init(text: ByteBuffer, attachments: [ByteBuffer] = [], isRemembered: Bool = false) {
        self.text = text
        self.attachments = attachments
        let last = text.getInteger(at: text.writerIndex - 2, as: UInt16.self)
        needsGuard = isRemembered && last == Self.stringAtEnd
    }

    /// `"]`: in a JSON array nothing but a string can end so.
    private static let stringAtEnd = UInt16(UInt8(ascii: "\"")) << 8 | UInt16(UInt8(ascii: "]"))
    private static let guardBytes = ",null]"

    /// Appends what stands before a text packet of a length: a frame's header, or a separator.
    private static func appendStart(of length: Int, to output: inout ByteBuffer, for transport: Transport) {
        output.reserveCapacity(minimumWritableBytes: length + WebSocketFrameWriter.headerLength(forPayload: length))
        switch transport {
        case .webSocket: WebSocketFrameWriter.appendHeader(.text, payloadLength: length, to: &output)
        case .polling: PollingPayload.appendSeparator(to: &output)
        }
    }

    /// Appends the packet as it lies on the transport, after any packets that are there.
    ///
    /// WebSocket: a text frame, then a binary frame for each attachment. Polling: packets with
    /// separators between them.
    ///
    /// - Parameter guarded: puts `null` behind a last item that is a string, the name of an event
    ///   without arguments included. A stock client that was given a private id would remember
    ///   that string as the offset to recover from.
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

    /// The packet alone, as it lies on the transport.
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
    ///   - name: not one of `ReservedName`.
    ///   - arguments: what follows the name.
    ///   - namespace: begins with a slash and holds neither a comma nor a control character.
    ///   - id: the ack id, when an answer is wanted; at most 2^53 − 1.
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

    /// The answer to the event with this ack id.
    package static func ack(_ id: UInt64, _ arguments: EncodedArguments, namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        text.reserveCapacity(32 + namespace.utf8.count + arguments.items.readableBytes)
        writeStart(.ack, namespace: namespace, id: id, attachments: arguments.attachments.count, to: &text)
        text.writeInteger(UInt8(ascii: "["))
        text.writeImmutableBuffer(arguments.items)
        text.writeInteger(UInt8(ascii: "]"))
        return OutgoingPacket(text: text, attachments: arguments.attachments)
    }

    /// The answer to the event with this ack id, from the text of a JSON array.
    package static func ack(_ id: UInt64, array: [UInt8], namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.ack, namespace: namespace, id: id, to: &text)
        text.writeBytes(array)
        return OutgoingPacket(text: text)
    }

    /// The answer to a CONNECT.
    ///
    /// - Parameters:
    ///   - sid: the socket's public id, never the session's.
    ///   - pid: the private id, when the client may recover.
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
    ///   - message: what the application's user or developer may know.
    ///   - data: any JSON value as text, for the client's program.
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

    /// The end of a namespace for this client.
    package static func disconnect(namespace: String = "/") -> OutgoingPacket {
        var text = ByteBuffer()
        writeStart(.disconnect, namespace: namespace, to: &text)
        return OutgoingPacket(text: text)
    }

    /// Appends everything that stands before the JSON: `4`, the type, count, namespace, ack id.
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
    /// What the packet counts where packets wait.
    var byteCount: Int { attachments.reduce(text.readableBytes) { $0 + $1.readableBytes } }
}
