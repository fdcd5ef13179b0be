/// Lays JSON text out over lines, without reading values: numbers, the order
/// of members and repeated keys stay as they are.
enum PrettyJSON {
    /// - Parameter text: valid JSON without insignificant whitespace, as the log keeps it.
    static func lines(of text: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 2)
        var depth = 0
        var place = 0
        while place < text.count {
            let byte = text[place]
            switch byte {
            case UInt8(ascii: "\""):
                let end = stringEnd(in: text, from: place)
                output += text[place..<end]
                place = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                output.append(byte)
                if place + 1 < text.count, text[place + 1] == byte + 2 {
                    // `}` and `]` follow two places after what they close in ASCII.
                    output.append(byte + 2)
                    place += 1
                } else {
                    depth += 1
                    breakLine(&output, depth)
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                breakLine(&output, depth)
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                breakLine(&output, depth)
            case UInt8(ascii: ":"):
                output += [byte, UInt8(ascii: " ")]
            default:
                output.append(byte)
            }
            place += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func breakLine(_ output: inout [UInt8], _ depth: Int) {
        output.append(UInt8(ascii: "\n"))
        for _ in 0..<2 * depth { output.append(UInt8(ascii: " ")) }
    }

    /// The place after the closing quote of the string that begins at `start`.
    private static func stringEnd(in text: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\\"): place += 2
            case UInt8(ascii: "\""): return place + 1
            default: place += 1
            }
        }
        return text.count
    }
}
