import JSON
import NIOCore

/// The JSON of a Socket.IO packet: checked, without insignificant whitespace, not parsed.
///
/// Half a surrogate pair, which a browser that cuts a text inside an emoji sends, becomes U+FFFD:
/// the sender of one odd character keeps its connection.
struct PacketPayload {
    let bytes: [UInt8]
    /// The same text: a slice of the packet where the packet had no such whitespace.
    let buffer: ByteBuffer
    private let maximumDepth: Int

    /// - Throws: when the text is not JSON, or nested too deep.
    init(_ text: ByteBuffer, limits: PacketLimits) throws(PacketError) {
        maximumDepth = limits.maximumDepth
        var sound = Array(buffer: text)
        let isMended = JSONText.replaceLoneSurrogates(in: &sound)
        do throws(JSONError) {
            bytes = try JSONText.minified(sound, maximumDepth: limits.maximumDepth)
        } catch {
            throw PacketError("the payload of a packet is not JSON: \(error.message)")
        }
        // Minifying only ever leaves bytes out.
        buffer = bytes.count == text.readableBytes && !isMended ? text : ByteBuffer(bytes: bytes)
    }

    var isObject: Bool { bytes.first == UInt8(ascii: "{") }

    var isArray: Bool { bytes.first == UInt8(ascii: "[") }

    /// The first item of the array: a string, or a number as it is written.
    ///
    /// - Throws: when the payload is no array, or its first item no name for an event.
    func eventName(maximumBytes: Int) throws(PacketError) -> String {
        guard isArray else { throw PacketError("the payload of an EVENT is not an array") }
        let item = bytes.withUnsafeBytes { JSONItems.end(of: $0, from: 1) }
        let name: String
        switch bytes[1] {
        case UInt8(ascii: "\""): name = string(2..<item - 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): name = text(1..<item)
        default: throw PacketError("the name of an EVENT is neither a string nor a number")
        }
        guard name.utf8.count <= maximumBytes else {
            throw PacketError("the name of an EVENT is longer than \(maximumBytes) bytes")
        }
        guard !ReservedName.contains(name) else { throw PacketError("the name of an EVENT is reserved") }
        return name
    }

    /// The string whose quotes stand around the range.
    private func string(_ range: Range<Int>) -> String {
        guard bytes[range].contains(UInt8(ascii: "\\")) else { return text(range) }
        let parsed = try? JSONValue(parsing: Array(bytes[range.lowerBound - 1...range.upperBound]))
        return parsed?.string ?? text(range)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Sees to it that every placeholder has an attachment of its own.
    ///
    /// Two placeholders for one attachment would let a small packet grow into a large value.
    func checkPlaceholders(attachmentCount: Int) throws(PacketError) {
        var placeholders = PlaceholderCheck(attachmentCount: attachmentCount)
        guard let value = try? JSONValue(parsing: bytes, maximumDepth: maximumDepth) else {
            throw PacketError("the payload of a packet is not JSON")
        }
        try placeholders.visit(value)
    }
}
