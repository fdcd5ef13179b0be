import JSON
import NIOCore

/// The JSON of a Socket.IO packet: validated and without insignificant whitespace, but not parsed.
///
/// Half a surrogate pair, which a browser sends when it cuts a text inside an emoji, becomes U+FFFD, so that the client
/// keeps its connection.
struct PacketPayload {
    let bytes: [UInt8]
    /// The same text; a slice of the packet if the packet had no such whitespace.
    let buffer: ByteBuffer
    private let maximumDepth: Int

    /// - Throws: an error when the text is not JSON, or nested too deeply.
    init(_ text: ByteBuffer, limits: PacketLimits) throws(PacketError) {
        maximumDepth = limits.maximumDepth
        var repaired = Array(buffer: text)
        let isRepaired = JSONText.replaceLoneSurrogates(in: &repaired)
        do throws(JSONError) {
            bytes = try JSONText.minified(repaired, maximumDepth: limits.maximumDepth)
        } catch {
            throw PacketError("the payload of a packet is not JSON: \(error.message)")
        }
        // Minifying only removes bytes.
        buffer = bytes.count == text.readableBytes && !isRepaired ? text : ByteBuffer(bytes: bytes)
    }

    var isObject: Bool { bytes.first == UInt8(ascii: "{") }

    var isArray: Bool { bytes.first == UInt8(ascii: "[") }

    /// The first item of the array: a string, or a number as it is written.
    ///
    /// - Throws: an error when the payload is not an array, or its first item is not a valid event name.
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
            throw PacketError("the name of an EVENT has more than \(maximumBytes) bytes")
        }
        guard !ReservedName.contains(name) else { throw PacketError("the name of an EVENT is reserved") }
        return name
    }

    /// The string that is between the quotes around the range.
    private func string(_ range: Range<Int>) -> String {
        guard bytes[range].contains(UInt8(ascii: "\\")) else { return text(range) }
        let parsed = try? JSONValue(parsing: Array(bytes[range.lowerBound - 1...range.upperBound]))
        return parsed?.string ?? text(range)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Checks that every placeholder has its own attachment.
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

/// Compares the placeholders in a payload with the announced attachments.
struct PlaceholderCheck {
    private var isTaken: [Bool]

    init(attachmentCount: Int) {
        isTaken = Array(repeating: false, count: attachmentCount)
    }

    /// - Throws: an error when the `num` of a placeholder is not the number of an attachment, or occurs twice.
    mutating func visit(_ value: JSONValue) throws(PacketError) {
        switch value {
        case .array(let items):
            for item in items { try visit(item) }
        case .object(let object):
            if object["_placeholder"]?.bool == true { try take(object["num"]?.int) }
            for (_, member) in object.entries { try visit(member) }
        case .null, .bool, .number, .string:
            break
        }
    }

    private mutating func take(_ number: Int?) throws(PacketError) {
        guard let number, isTaken.indices.contains(number) else {
            throw PacketError("a placeholder has no attachment")
        }
        guard !isTaken[number] else { throw PacketError("two placeholders have the same attachment") }
        isTaken[number] = true
    }
}

/// Finds the items of an array in valid JSON without insignificant whitespace.
///
/// For other text the results are wrong, but inside the text.
enum JSONItems {
    /// The start of each item of the array. An item ends one byte before the next one begins, and the last item before
    /// the closing bracket.
    static func starts(in array: UnsafeRawBufferPointer) -> [UInt32] {
        guard array.count > 2 else { return [] }
        var starts: [UInt32] = [1]
        var position = end(of: array, from: 1)
        while position < array.count - 2 {
            starts.append(UInt32(clamping: position + 1))
            position = end(of: array, from: position + 1)
        }
        return starts
    }

    /// The position of the comma or closing bracket after the value that begins at `start`.
    static func end(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var depth = 0
        var position = start
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position = lastOfString(text, from: position)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return position }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                return position
            default:
                break
            }
            position += 1
        }
        return text.count
    }

    /// The position of the closing quote, at most that of the last byte.
    private static func lastOfString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start + 1
        while position < text.count, text[position] != UInt8(ascii: "\"") {
            position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position, text.count - 1)
    }
}
