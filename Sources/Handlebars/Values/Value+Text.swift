extension Value {
    /// As JavaScript turns it into text: an array's elements joined by commas, an object as `[object Object]`.
    ///
    /// Of an array no more than `maximumPrintedBytes` and the element that goes beyond them.
    public var text: String {
        switch self {
        case .undefined: "undefined"
        case .null: "null"
        default: plainText
        }
    }

    /// As `text`, but nothing for undefined and null.
    var plainText: String {
        if case .string(let text) = self { return text }
        var bytes: [UInt8] = []
        appendPlain(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What `{{{ }}}` prints.
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

    /// What `{{ }}` prints.
    @inline(__always)
    func appendEscaped(to output: inout [UInt8]) {
        switch self {
        case .string(let text): Escaper.append(text, to: &output)
        case .array: Escaper.append(plainText, to: &output)
        default: appendPlain(to: &output)
        }
    }

    /// Of arrays inside one another, what is deeper than this prints as nothing: no data can exhaust the stack.
    static let maximumPrintedDepth = 64

    /// Of an array as text, what comes after so many bytes is left out: neither a list of a billion elements nor a
    /// few arrays that hold one another again and again can exhaust the memory.
    static let maximumPrintedBytes = 64 << 20

    /// Prints the elements with commas between them.
    ///
    /// - Returns: false as soon as there are more than `limit` bytes in the output, with the rest left out.
    static func appendJoined(_ items: Elements, to output: inout [UInt8], upTo limit: Int, depth: Int = 0) -> Bool {
        guard depth < maximumPrintedDepth else { return true }
        for (place, item) in items.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
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

/// Numbers as JavaScript writes them (ECMA-262, Number::toString).
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

    /// A price, say: with fifteen digits or less no shorter text reads back as the same number.
    private static func appendHundredths(_ number: Int, to output: inout [UInt8]) {
        if number < 0 { output.append(UInt8(ascii: "-")) }
        append(digitsOf: number.magnitude / 100, to: &output)
        let fraction = number.magnitude % 100
        output.append(UInt8(ascii: "."))
        output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / 10))
        if fraction % 10 > 0 { output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10)) }
    }

    /// Swift and JavaScript agree on the shortest digits that read back as the number, and disagree on
    /// where to put the point and when to write an exponent.
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

    /// The digits without leading and trailing zeros, and where the point is: `0.digits × 10^point`.
    private static func shortestDigits(_ number: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(number.description.utf8)
        for (place, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(place + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        let place = (point ?? digits.count) + exponent - zeros
        digits.removeFirst(zeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, place)
    }
}

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

extension String {
    /// The text of what was rendered.
    ///
    /// It is UTF-8 for certain, since everything that is printed is: the text of templates (`Source` sees to it),
    /// which is cut at white space and ASCII marks only, and strings. Looking through a long page again would take
    /// a tenth of the time that rendering it took.
    init(rendered bytes: [UInt8]) {
        self.init(certain: bytes.span)
    }

    /// The text of bytes that are UTF-8 for certain.
    init(certain bytes: Span<UInt8>) {
        assert((try? UTF8Span(validating: bytes)) != nil, "these bytes are not UTF-8")
        self.init(copying: UTF8Span(unchecked: bytes))
    }
}
