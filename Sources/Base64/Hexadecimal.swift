/// Numbers and bytes in base 16 (RFC 4648, section 8). Digits are written in lower case and read in both cases.
package enum Hexadecimal {
    /// The ASCII code of the digit for a value.
    ///
    /// - Parameter value: 0...15.
    @inlinable
    package static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The value of a digit in ASCII, 0...15; nil for every other byte.
    @inlinable
    package static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The number that 1 to 16 digits in ASCII stand for; nil for anything else, also for a sign or a prefix.
    package static func number(_ digits: some Sequence<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var count = 0
        for digit in digits {
            guard let value = value(of: digit), count < 16 else { return nil }
            number = number << 4 | UInt64(value)
            count += 1
        }
        return count > 0 ? number : nil
    }
}

extension Sequence<UInt8> {
    /// Two hexadecimal digits for each byte, in lower case.
    package var hexadecimal: String { map { $0.hexadecimal(digits: 2) }.joined() }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number in base 16, padded with zeros to at least `count` digits.
    ///
    /// - Parameter uppercase: whether the digits are `A` to `F` instead of `a` to `f`.
    package func hexadecimal(digits count: Int, uppercase: Bool = false) -> String {
        let digits = String(self, radix: 16, uppercase: uppercase)
        return String(repeating: "0", count: Swift.max(0, count - digits.utf8.count)) + digits
    }
}
