import NIOCore

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
