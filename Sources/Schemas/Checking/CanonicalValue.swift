import JSON

/// Bytes that are equal for equal values of JSON Schema: members are sorted by their names, and numbers with the same
/// value are written in the same way.
enum CanonicalValue {
    /// The bytes of a value, about as long as its JSON text.
    static func bytes(of value: JSONValue) -> [UInt8] {
        var output: [UInt8] = []
        write(value, into: &output)
        return output
    }

    private static func write(_ value: JSONValue, into output: inout [UInt8]) {
        switch value {
        case .null, .bool: value.write(into: &output)
        case .string(let text): JSONText.writeString(text, into: &output)
        case .number(let number): write(number.decimal, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for element in elements {
                write(element, into: &output)
                output.append(UInt8(ascii: ","))
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for entry in object.entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                JSONText.writeString(entry.key, into: &output)
                output.append(UInt8(ascii: ":"))
                write(entry.value, into: &output)
                output.append(UInt8(ascii: ","))
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// The digits without zeros at their ends, and the power of ten: `-12e-1`.
    private static func write(_ number: JSONNumber.Decimal, into output: inout [UInt8]) {
        guard !number.digits.isEmpty else { return output.append(UInt8(ascii: "0")) }
        if number.isNegative { output.append(UInt8(ascii: "-")) }
        for digit in number.digits { output.append(UInt8(ascii: "0") + digit) }
        output.append(UInt8(ascii: "e"))
        output.append(contentsOf: String(number.exponent).utf8)
    }
}
