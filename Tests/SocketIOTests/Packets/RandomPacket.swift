import JSON
import NIOCore
import SocketIO
import TestSupport

/// Random packets for the property tests.
enum RandomPacket {
    /// A packet and what its receiver must read.
    static func pair(using random: inout SeededGenerator) -> (OutgoingPacket, SocketPacket) {
        let namespace = namespace(using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return (.disconnect(namespace: namespace), .disconnect(namespace: namespace))
        case 1: return connect(namespace, using: &random)
        case 2: return connectError(namespace, using: &random)
        case 3...5: return ack(namespace, using: &random)
        default: return event(namespace, using: &random)
        }
    }

    static func outgoing(using random: inout SeededGenerator) -> OutgoingPacket {
        pair(using: &random).0
    }

    private static func connect(
        _ namespace: String, using random: inout SeededGenerator
    ) -> (OutgoingPacket, SocketPacket) {
        let (sid, pid) = (string(using: &random), Bool.random(using: &random) ? string(using: &random) : nil)
        let auth =
            "{\"sid\":\(JSONValue.string(sid).text)" + (pid.map { ",\"pid\":\(JSONValue.string($0).text)" } ?? "") + "}"
        return (
            .connect(sid: sid, pid: pid, namespace: namespace), .connect(namespace: namespace, auth: Array(auth.utf8))
        )
    }

    private static func connectError(
        _ namespace: String, using random: inout SeededGenerator
    ) -> (OutgoingPacket, SocketPacket) {
        let message = string(using: &random)
        let data: JSONValue? = Bool.random(using: &random) ? value(depth: 2, using: &random) : nil
        let payload =
            "{\"message\":\(JSONValue.string(message).text)" + (data.map { ",\"data\":\($0.text)" } ?? "") + "}"
        return (
            .connectError(message, data: data?.bytes, namespace: namespace),
            .connectError(namespace: namespace, payload: Array(payload.utf8))
        )
    }

    private static func ack(_ namespace: String, using random: inout SeededGenerator) -> (OutgoingPacket, SocketPacket)
    {
        let arguments = arguments(using: &random)
        let id = id(using: &random)
        return (
            .ack(id, arguments, namespace: namespace),
            .ack(namespace: namespace, id: id, arguments: array([], arguments), attachments: arguments.attachments)
        )
    }

    private static func event(
        _ namespace: String, using random: inout SeededGenerator
    ) -> (OutgoingPacket, SocketPacket) {
        let arguments = arguments(using: &random)
        let id = Bool.random(using: &random) ? id(using: &random) : nil
        let name = string(using: &random)
        return (
            .event(name, arguments, namespace: namespace, id: id),
            .event(
                namespace: namespace, name: name, id: id, arguments: array([JSONValue.string(name).text], arguments),
                attachments: arguments.attachments)
        )
    }

    private static func array(_ first: [String], _ arguments: EncodedArguments) -> ByteBuffer {
        let items = first + (arguments.items.readableBytes > 0 ? [String(buffer: arguments.items)] : [])
        return ByteBuffer(string: "[" + items.joined(separator: ",") + "]")
    }

    private static func arguments(using random: inout SeededGenerator) -> EncodedArguments {
        var items = (0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: 3, using: &random) }
        let count = Bool.random(using: &random) ? 0 : Int.random(in: 1...10, using: &random)
        for number in 0..<count {
            let placeholder = JSONValue.object(["_placeholder": true, "num": .number(JSONNumber(number))])
            items.append(Bool.random(using: &random) ? placeholder : .array([.object(["deep": placeholder])]))
        }
        items.shuffle(using: &random)
        return EncodedArguments(
            items: ByteBuffer(string: items.map(\.text).joined(separator: ",")),
            attachments: (0..<count).map { _ in ByteBuffer(bytes: bytes(upTo: 200, using: &random)) })
    }

    static func bytes(upTo count: Int, using random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &random)).map { _ in .random(in: .min ... .max, using: &random) }
    }

    private static func id(using random: inout SeededGenerator) -> UInt64 {
        UInt64.random(in: 0...(1 << 53 - 1), using: &random) >> UInt64.random(in: 0...53, using: &random)
    }

    private static func namespace(using random: inout SeededGenerator) -> String {
        guard Bool.random(using: &random) else { return "/" }
        let allowed = string(using: &random).unicodeScalars.filter { $0 != "," && $0.value >= 0x20 && $0.value != 0x7F }
        return "/" + String(String.UnicodeScalarView(allowed)) + "x"
    }

    static func value(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .number(JSONNumber(Int.random(in: -1_000...1_000, using: &random)))
        case 3, 4: .string(string(using: &random))
        case 5: .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth - 1, using: &random) })
        default:
            .object(
                JSONObject(
                    (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                        (string(using: &random), value(depth: depth - 1, using: &random))
                    }))
        }
    }

    /// Any scalars, those that JSON escapes and those of four bytes among them.
    static func string(using random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let ceiling: UInt32 = [0x30, 0x80, 0x800, 0x11_0000].randomElement(using: &random)!
            text.unicodeScalars.append(Unicode.Scalar(.random(in: 0..<ceiling, using: &random)) ?? "\u{FFFD}")
        }
        return text
    }
}
