import JSON
import TestSupport

/// Random values and texts for the property tests.
enum RandomJSON {
    /// Bytes with a meaning in JSON or UTF-8.
    static let interestingBytes =
        Array("{}[]:,\"\\/ \n\ttruefalsenu0123456789-+.eE\u{0}\u{1F}".utf8) + [0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]

    static func value(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .number(number(using: &random))
        case 3, 4: return .string(string(using: &random))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth: depth - 1, using: &random) })
        default:
            // Sometimes more members than an object without an index has.
            let count = Int.random(in: 0..<(depth == 1 ? 25 : 5), using: &random)
            return .object(
                JSONObject(
                    (0..<count).map { _ in
                        (string(using: &random), value(depth: depth - 1, using: &random))
                    }))
        }
    }

    static func number(using random: inout SeededGenerator) -> JSONNumber {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: JSONNumber(Int.random(in: .min ... .max, using: &random))
        case 1: JSONNumber(Double(bitPattern: random.next())) ?? JSONNumber(0)
        default: JSONNumber("-0.\(random.next())E+\(Int.random(in: 0..<400, using: &random))")!
        }
    }

    static func string(using random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<20, using: &random) {
            let ceiling: UInt32 = [0x30, 0x80, 0x800, 0x11_0000].randomElement(using: &random)!
            text.unicodeScalars.append(Unicode.Scalar(.random(in: 0..<ceiling, using: &random)) ?? "\u{FFFD}")
        }
        return text
    }

    /// The text of a value with random whitespace between its tokens.
    static func spaced(_ value: JSONValue, using random: inout SeededGenerator) -> [UInt8] {
        var output: [UInt8] = []
        var inString = false
        var isEscaped = false
        for byte in value.bytes {
            let isToken = !inString && "{}[]:,\"".utf8.contains(byte)
            if isToken { output += whitespace(using: &random) }
            output.append(byte)
            if inString {
                if byte == UInt8(ascii: "\""), !isEscaped {
                    inString = false
                    output += whitespace(using: &random)
                }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if isToken {
                inString = byte == UInt8(ascii: "\"")
                if !inString { output += whitespace(using: &random) }
            }
        }
        return output
    }

    private static func whitespace(using random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0..<3, using: &random)).map { _ in [0x20, 0x09, 0x0A, 0x0D].randomElement(using: &random)! }
    }
}
