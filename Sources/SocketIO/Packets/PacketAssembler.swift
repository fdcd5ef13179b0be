package import NIOCore
import JSON

/// Reads the Socket.IO packets of one connection from its Engine.IO messages.
///
/// An event or ack with attachments is held back until they have come: at most
/// `limits.maximumAttachments`, each bounded by the transport. After an error the connection is to
/// be closed; a packet that was incomplete is forgotten.
package struct PacketAssembler: Sendable {
    private let limits: PacketLimits
    private var incomplete: Incomplete?

    private struct Incomplete {
        let packet: SocketPacket
        var missing: Int
        var attachments: [ByteBuffer] = []
    }

    /// An assembler that has seen nothing yet.
    package init(limits: PacketLimits = PacketLimits()) {
        self.limits = limits
    }

    /// Takes the text of a message, without the Engine.IO type.
    ///
    /// - Returns: the packet; nil when its attachments are to come.
    package mutating func receive(text: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard incomplete == nil else {
            incomplete = nil
            throw PacketError("a text packet stands among the attachments of another")
        }
        var json = text
        let header = try PacketHeader(from: &json, limits: limits)
        let packet = try packet(header, json)
        guard header.attachmentCount > 0 else { return packet }
        incomplete = Incomplete(packet: packet, missing: header.attachmentCount)
        return nil
    }

    /// Takes a binary message.
    ///
    /// - Returns: the packet whose last attachment it is; nil when more are to come.
    package mutating func receive(binary: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard incomplete != nil else { throw PacketError("a binary packet was not announced") }
        incomplete?.attachments.append(binary)
        incomplete?.missing -= 1
        guard let whole = incomplete, whole.missing == 0 else { return nil }
        incomplete = nil
        return whole.packet.with(whole.attachments)
    }

    private func packet(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        switch header.type {
        case .connect: try connect(header, json)
        case .disconnect: try disconnect(header, json)
        case .event, .binaryEvent: try event(header, json)
        case .ack, .binaryAck: try ack(header, json)
        case .connectError: try connectError(header, json)
        }
    }

    private func connect(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        guard header.id == nil else { throw PacketError("a CONNECT has an ack id") }
        guard json.readableBytes > 0 else { return .connect(namespace: header.namespace, auth: nil) }
        let payload = try PacketPayload(json, limits: limits)
        guard payload.isObject else { throw PacketError("the payload of a CONNECT is not an object") }
        return .connect(namespace: header.namespace, auth: payload.bytes)
    }

    private func disconnect(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        guard header.id == nil, json.readableBytes == 0 else { throw PacketError("a DISCONNECT has a payload") }
        return .disconnect(namespace: header.namespace)
    }

    private func event(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        let payload = try PacketPayload(json, limits: limits)
        let name = try payload.eventName(maximumBytes: limits.maximumNameBytes)
        if header.type.isBinary { try payload.checkPlaceholders(attachmentCount: header.attachmentCount) }
        return .event(
            namespace: header.namespace, name: name, id: header.id, arguments: payload.buffer, attachments: [])
    }

    private func ack(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        guard let id = header.id else { throw PacketError("an ACK has no ack id") }
        let payload = try PacketPayload(json, limits: limits)
        guard payload.isArray else { throw PacketError("the payload of an ACK is not an array") }
        if header.type.isBinary { try payload.checkPlaceholders(attachmentCount: header.attachmentCount) }
        return .ack(namespace: header.namespace, id: id, arguments: payload.buffer, attachments: [])
    }

    private func connectError(_ header: PacketHeader, _ json: ByteBuffer) throws(PacketError) -> SocketPacket {
        guard header.id == nil else { throw PacketError("a CONNECT_ERROR has an ack id") }
        let payload = try PacketPayload(json, limits: limits)
        guard payload.isObject else { throw PacketError("the payload of a CONNECT_ERROR is not an object") }
        return .connectError(namespace: header.namespace, payload: payload.bytes)
    }
}
