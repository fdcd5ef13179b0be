extension Value {
    /// The value as text, by the rules of JavaScript: the elements of an array joined by commas, an object as
    /// `[object Object]`.
    ///
    /// The text of an array ends after 64 MiB.
    public var text: String {
        switch self {
        case .undefined: "undefined"
        case .null: "null"
        default: plainText
        }
    }

    /// The value as text, but an empty string for undefined and null.
    var plainText: String {
        if case .string(let text) = self { return text }
        var bytes: [UInt8] = []
        appendPlain(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the output of `{{{ }}}`.
    func appendPlain(to output: inout [UInt8]) {
        switch self {
        case .undefined, .null, .function: break
        case .bool(let bool): output.append(contentsOf: (bool ? "true" : "false").utf8)
        case .number(let number): NumberText.append(number, to: &output)
        case .string(let text), .safeString(let text): output.append(contentsOf: text.utf8)
        case .array(let items):
            _ = Value.appendJoined(items, to: &output, upTo: output.count + Value.maximumPrintedBytes)
        case .object: output.append(contentsOf: "[object Object]".utf8)
        }
    }

    /// Appends the output of `{{ }}`.
    @inline(__always)
    func appendEscaped(to output: inout [UInt8]) {
        switch self {
        case .string(let text): Escaper.append(text, to: &output)
        case .array: Escaper.append(plainText, to: &output)
        default: appendPlain(to: &output)
        }
    }

    /// Nested arrays below this depth print nothing, so that no data can exhaust the stack.
    static let maximumPrintedDepth = 64

    /// The text of an array ends after this number of bytes, so that neither a list of a billion elements nor arrays that
    /// contain each other many times can exhaust the memory.
    static let maximumPrintedBytes = 64 << 20

    /// Appends the elements, separated by commas.
    ///
    /// - Returns: false as soon as the output has more than `limit` bytes; the remaining elements are not appended.
    static func appendJoined(_ items: Elements, to output: inout [UInt8], upTo limit: Int, depth: Int = 0) -> Bool {
        guard depth < maximumPrintedDepth else { return true }
        for (index, item) in items.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if case .array(let inner) = item {
                guard appendJoined(inner, to: &output, upTo: limit, depth: depth + 1) else { return false }
            } else {
                item.appendPlain(to: &output)
            }
            guard output.count <= limit else { return false }
        }
        return true
    }
}

/// Numbers as text, by the rules of JavaScript (ECMA-262, Number::toString).
enum NumberText {
    static func append(_ number: Double, to output: inout [UInt8]) {
        if let integer = Int(exactly: number), integer.magnitude < 1 << 53 {
            append(integer, to: &output)
        } else if let hundredths = Int(exactly: number * 100), hundredths.magnitude < 1 << 49,
            Double(hundredths) / 100 == number
        {
            appendHundredths(hundredths, to: &output)
        } else if number.isNaN {
            output.append(contentsOf: "NaN".utf8)
        } else {
            if number < 0 { output.append(UInt8(ascii: "-")) }
            if number.isInfinite {
                output.append(contentsOf: "Infinity".utf8)
            } else {
                appendDecimal(number.magnitude, to: &output)
            }
        }
    }

    static func append(_ integer: Int, to output: inout [UInt8]) {
        if integer < 0 { output.append(UInt8(ascii: "-")) }
        append(digitsOf: integer.magnitude, to: &output)
    }

    private static func append(digitsOf number: UInt, to output: inout [UInt8]) {
        var unit: UInt = 1
        while number / unit >= 10 { unit *= 10 }
        var rest = number
        while unit > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    /// Appends a number with two decimals, such as a price: with at most fifteen digits, this is the shortest text that
    /// reads back as the same number.
    private static func appendHundredths(_ number: Int, to output: inout [UInt8]) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        append(digitsOf: number.magnitude / 100, to: &output)
        let fraction = number.magnitude % 100
        output.append(UInt8(ascii: "."))
        output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / 10))
        if fraction % 10 > 0 { output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10)) }
    }

    /// Swift and JavaScript use the same shortest digits that read back as the number, but different rules for the point
    /// and the exponent.
    private static func appendDecimal(_ number: Double, to output: inout [UInt8]) {
        var (digits, point) = shortestDigits(number)
        if digits.count <= point, point <= 21 {
            output.append(contentsOf: digits)
            output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: point - digits.count))
        } else if point > 0, point <= 21 {
            digits.insert(UInt8(ascii: "."), at: point)
            output.append(contentsOf: digits)
        } else if point > -6, point <= 0 {
            output.append(contentsOf: "0.".utf8)
            output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -point))
            output.append(contentsOf: digits)
        } else {
            if digits.count > 1 { digits.insert(UInt8(ascii: "."), at: 1) }
            output.append(contentsOf: digits)
            output.append(UInt8(ascii: "e"))
            output.append(UInt8(ascii: point > 0 ? "+" : "-"))
            append(Int((point - 1).magnitude), to: &output)
        }
    }

    /// The digits without leading and trailing zeros, and the position of the point: `0.digits × 10^point`.
    private static func shortestDigits(_ number: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(number.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        let index = (point ?? digits.count) + exponent - zeros
        digits.removeFirst(zeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, index)
    }
}

/// Escapes the seven characters that handlebars.js escapes in HTML.
enum Escaper {
    /// A bit for each special byte below 64, `& < > " ' =`; the only other special byte is the grave accent.
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
        for index in text.indices {
            let byte = text[index]
            guard byte < 64 ? specials & 1 << UInt64(byte) != 0 : byte == UInt8(ascii: "`") else { continue }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            appendEntity(byte, to: &output)
            start = index + 1
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

/// Functions for helpers that build HTML.
public enum HTML {
    /// Escapes a text as `{{ }}` does: the characters `&`, `<`, `>`, `"`, `'`, the grave accent and `=`.
    public static func escape(_ text: String) -> String {
        var output: [UInt8] = []
        Escaper.append(text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

extension String {
    /// Creates a string from rendered output, without validating it.
    ///
    /// The output is always UTF-8: it has strings and the text of templates, which `Source` validates and which is split
    /// only at white space and ASCII characters. Validating a long page again would take a tenth of its rendering time.
    init(rendered bytes: [UInt8]) {
        self.init(unvalidated: bytes.span)
    }

    /// Creates a string from bytes that are known to be UTF-8.
    init(unvalidated bytes: Span<UInt8>) {
        assert((try? UTF8Span(validating: bytes)) != nil, "these bytes are not UTF-8")
        self.init(copying: UTF8Span(unchecked: bytes))
    }
}
