import JSON
package import NIOCore

/// Reads the Socket.IO packets of one connection from its Engine.IO messages.
///
/// An event or ack with attachments is kept until they have come: at most `limits.maximumAttachments`, together with the
/// text at most `limits.maximumBytes`. After an error the connection must be closed; an incomplete packet is dropped.
package struct PacketAssembler: Sendable {
    private let limits: PacketLimits
    private var incomplete: Incomplete?

    private struct Incomplete {
        /// Nil after `refuseAttachments`: the attachments are dropped as they come.
        var packet: SocketPacket?
        var missing: Int
        /// The bytes of the text and of the attachments so far.
        var bytes: Int
        var attachments: [ByteBuffer] = []
    }

    /// Creates an assembler for a new connection.
    package init(limits: PacketLimits = PacketLimits()) {
        self.limits = limits
    }

    /// Reads the text of a message, without the Engine.IO type.
    ///
    /// - Returns: the packet; nil when its attachments have to come first.
    package mutating func receive(text: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard incomplete == nil else {
            incomplete = nil
            throw PacketError("a text packet came before all attachments of the packet before it")
        }
        var json = text
        let header = try PacketHeader(from: &json, limits: limits)
        let packet = try packet(header, json)
        guard header.attachmentCount > 0 else { return packet }
        try check(text.readableBytes)
        incomplete = Incomplete(packet: packet, missing: header.attachmentCount, bytes: text.readableBytes)
        return nil
    }

    private func check(_ bytes: Int) throws(PacketError) {
        guard bytes <= limits.maximumBytes else {
            throw PacketError("a packet with its attachments has more than \(limits.maximumBytes) bytes")
        }
    }

    /// The packet whose attachments have not all come; nil when there is none.
    package var incompletePacket: SocketPacket? { incomplete?.packet }

    /// Stops waiting for attachments that no handler takes; they are dropped as they come.
    ///
    /// Call this before the first attachment is received.
    ///
    /// - Returns: the packet with an empty attachment for each announced one; nil when there is none.
    package mutating func refuseAttachments() -> SocketPacket? {
        guard let count = incomplete?.missing, let packet = incomplete?.packet else { return nil }
        incomplete?.packet = nil
        return packet.with(Array(repeating: ByteBuffer(), count: count))
    }

    /// Reads a binary message.
    ///
    /// - Returns: the complete packet; nil when more attachments have to come, or they were refused.
    package mutating func receive(binary: ByteBuffer) throws(PacketError) -> SocketPacket? {
        guard var waiting = incomplete else { throw PacketError("a binary packet was not announced") }
        incomplete = nil
        waiting.missing -= 1
        if waiting.packet != nil {
            waiting.bytes += binary.readableBytes
            try check(waiting.bytes)
            waiting.attachments.append(binary)
        }
        guard waiting.missing == 0 else {
            incomplete = waiting
            return nil
        }
        return waiting.packet?.with(waiting.attachments)
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

/// The limits of one packet. A packet beyond them is a `PacketError`.
///
/// The transport limits the size of a text and of each attachment before they are read here.
package struct PacketLimits: Sendable, Hashable {
    /// The maximum number of binary attachments of one event or ack. Stock clients refuse more than ten.
    package var maximumAttachments = 10
    /// The maximum number of bytes of an event or ack with attachments: its text and all attachments.
    package var maximumBytes = 4 << 20
    /// The maximum depth of nested arrays and objects in a payload, 0…`JSONValue.deepestMaximumDepth`.
    package var maximumDepth = 64
    /// The maximum length of a namespace in bytes of UTF-8, with its slash.
    package var maximumNamespaceBytes = 255
    /// The maximum length of an event's name in bytes of UTF-8.
    package var maximumNameBytes = 255

    /// Creates limits that stock clients comply with.
    package init() {}
}

/// A violation of the Engine.IO or Socket.IO protocol by a client.
///
/// Every violation closes the connection with "parse error".
package struct PacketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for a log line; contains nothing of the packet.
    package let description: String

    /// Creates an error with a sentence that contains nothing of the packet.
    package init(_ description: String) {
        self.description = description
    }
}
