/// Escapes text for HTML with handlebars.js's table of seven characters.
enum Escaper {
    /// `& < > " ' =`, the special bytes below 64, a bit each; the grave accent is the one above.
    @inline(__always)
    private static var specials: UInt64 {
        1 << 0x26 | 1 << 0x3c | 1 << 0x3e | 1 << 0x22 | 1 << 0x27 | 1 << 0x3d
    }

    static func append(_ text: String, to output: inout [UInt8]) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { append($0, to: &output) }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { append($0, to: &output) } }
    }

    static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let specials = Self.specials
        var start = 0
        for place in text.indices {
            let byte = text[place]
            guard byte < 64 ? specials & 1 << UInt64(byte) != 0 : byte == UInt8(ascii: "`") else { continue }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
            appendEntity(byte, to: &output)
            start = place + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    private static func appendEntity(_ byte: UInt8, to output: inout [UInt8]) {
        let entity: StaticString =
            switch byte {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            case UInt8(ascii: "\""): "&quot;"
            case UInt8(ascii: "'"): "&#x27;"
            case UInt8(ascii: "`"): "&#x60;"
            default: "&#x3D;"
            }
        output.append(contentsOf: UnsafeBufferPointer(start: entity.utf8Start, count: entity.utf8CodeUnitCount))
    }
}

/// HTML, for helpers that build some.
public enum HTML {
    /// The text with the seven characters escaped that `{{ }}` escapes.
    public static func escape(_ text: String) -> String {
        var output: [UInt8] = []
        Escaper.append(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
