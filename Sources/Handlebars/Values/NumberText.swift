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
