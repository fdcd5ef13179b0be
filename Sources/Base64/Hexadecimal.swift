extension Sequence<UInt8> {
    /// Two hexadecimal digits for each byte, in lower case: Base16 of RFC 4648 §8, but for the case.
    package var hexadecimal: String { map { $0.hexadecimal(digits: 2) }.joined() }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number in base 16, in lower case, padded with zeros to at least `count` digits.
    package func hexadecimal(digits count: Int) -> String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Swift.max(0, count - digits.utf8.count)) + digits
    }
}
