import Base64
import Testing

@Suite struct HexadecimalTests {
    @Test(
        "every byte has two digits, so that different bytes have different texts",
        arguments: [
            ([], ""), ([0], "00"), ([0x0F, 0xA0, 0xFF], "0fa0ff"), ([0x01, 0x11], "0111"), ([0x11, 0x01], "1101"),
        ] as [([UInt8], String)])
    func bytes(_ bytes: [UInt8], _ digits: String) {
        #expect(bytes.hexadecimal == digits)
    }

    @Test("numbers are padded to the number of digits, and have more digits if needed")
    func numbers() {
        #expect(UInt(0x1F).hexadecimal(digits: 4) == "001f")
        #expect(UInt64.max.hexadecimal(digits: 16) == String(repeating: "f", count: 16))
        #expect(UInt8(0xAB).hexadecimal(digits: 1) == "ab")
        #expect(UInt8(0x0B).hexadecimal(digits: 2, uppercase: true) == "0B")
    }

    @Test("every digit has its value, in both cases, and no other byte has one")
    func digits() {
        for value in 0..<16 as Range<UInt8> {
            let text = String(value, radix: 16)
            #expect(Array(text.utf8) == [Hexadecimal.digit(value)])
            #expect(Hexadecimal.value(of: Hexadecimal.digit(value)) == value)
            #expect(Hexadecimal.value(of: Array(text.uppercased().utf8)[0]) == value)
        }
        #expect((0...255 as ClosedRange<UInt8>).filter { Hexadecimal.value(of: $0) != nil }.count == 22)
    }

    @Test(
        "a number has 1 to 16 digits and nothing else",
        arguments: [
            ("0", 0), ("0a", 10), ("FFFFffffFFFFffff", UInt64.max), ("", nil), ("+1", nil), ("-1", nil), ("0x1", nil),
            ("1 ", nil), ("g", nil), ("00000000000000000", nil),
        ] as [(String, UInt64?)])
    func reading(text: String, number: UInt64?) {
        #expect(Hexadecimal.number(text.utf8) == number)
    }
}
