import EventLog
import NIOCore
import SocketIO

/// Events as events of Socket.IO: the name is the type, and the arguments are `data`, `meta` and, with recovery, the
/// position as a string.
///
/// `42["product.created",{…},{"offset":17,…},"00000000000000ff:17"]`. Data that
/// is not JSON is a binary attachment.
struct SocketIOEventEncoder: EventEncoder {
    private let form: SocketIOForm
    private let log: LogID
    private let opening: [UInt8]
    private let binaryOpening: [UInt8]
    /// The id of the log if positions are written, else empty.
    private let positionID: [UInt8]
    private var writer = EventJSONWriter()

    init(_ form: SocketIOForm, log: LogID) {
        self.form = form
        self.log = log
        let namespace = form.namespace == "/" ? "" : form.namespace + ","
        opening = Array("42\(namespace)[".utf8)
        binaryOpening = Array("451-\(namespace)[".utf8)
        positionID = form.hasPositions ? Array("\(log)".utf8) : []
    }

    mutating func append(_ event: borrowing EventView, to output: inout ByteBuffer) {
        guard event.isJSON else { return appendBinary(event, to: &output) }
        let bound = opening.count + writer.argumentsBound(event) + 1
        switch form.transport {
        case .webSocket:
            output.writeTextFrame(bound: bound) { write(event, opening, to: $0) }
        case .polling:
            if output.readableBytes > 0 { output.writeInteger(PollingPayload.separator) }
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { bytes in
                bytes.baseAddress.map { write(event, opening, to: $0) } ?? 0
            }
        }
    }

    private mutating func write(
        _ event: borrowing EventView, _ opening: [UInt8], to start: UnsafeMutableRawPointer
    ) -> Int {
        opening.withUnsafeBytes { start.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        let arguments = start + opening.count
        let count = positionID.withUnsafeBytes { writer.writeArguments(event, position: $0, to: arguments) }
        arguments.storeBytes(of: UInt8(ascii: "]"), toByteOffset: count, as: UInt8.self)
        return opening.count + count + 1
    }

    private mutating func appendBinary(_ event: borrowing EventView, to output: inout ByteBuffer) {
        var text = ByteBuffer()
        let bound = binaryOpening.count + writer.argumentsBound(event) + 1
        text.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { bytes in
            bytes.baseAddress.map { write(event, binaryOpening, to: $0) } ?? 0
        }
        let data = event.data.withUnsafeBytes { ByteBuffer(bytes: $0) }
        OutgoingPacket(text: text, attachments: [data]).append(to: &output, for: form.transport)
    }

    func replayed(_ head: Offset) -> ByteBuffer {
        rendered(control("replayed", at: head, #"{"head":\#(head),"position":"\#(log):\#(head)"}"#))
    }

    func reset(_ reset: Reset) -> ByteBuffer { rendered(packet(reset)) }

    /// The message `reset` as a packet, which can be rendered for any transport.
    func packet(_ reset: Reset) -> OutgoingPacket {
        control(
            "reset", at: reset.after,
            #"{"reason":"\#(reset.reason.rawValue)","first":\#(reset.first),"head":\#(reset.head),"position":"\#(log):\#(reset.after)"}"#
        )
    }

    /// A control message ends with a position, too: a client whose connection ends after the message resumes from this
    /// position, and not from an older one.
    private func control(_ name: String, at offset: Offset, _ json: String) -> OutgoingPacket {
        let position = form.hasPositions ? #","\#(log):\#(offset)""# : ""
        let text = "\(String(decoding: opening, as: UTF8.self))\"\(name)\",\(json)\(position)]"
        return OutgoingPacket(text: ByteBuffer(string: text), attachments: [])
    }

    private func rendered(_ packet: OutgoingPacket) -> ByteBuffer { packet.encoded(for: form.transport) }
}
