import Base64
import Testing

@Suite struct HexadecimalTests {
    @Test(
        "every byte has two digits, so that different bytes never look alike",
        arguments: [
            ([], ""), ([0], "00"), ([0x0F, 0xA0, 0xFF], "0fa0ff"), ([0x01, 0x11], "0111"), ([0x11, 0x01], "1101"),
        ] as [([UInt8], String)])
    func bytes(_ bytes: [UInt8], _ digits: String) {
        #expect(bytes.hexadecimal == digits)
    }

    @Test("numbers are padded to the count of digits, and have more where they need more")
    func numbers() {
        #expect(UInt(0x1F).hexadecimal(digits: 4) == "001f")
        #expect(UInt64.max.hexadecimal(digits: 16) == String(repeating: "f", count: 16))
        #expect(UInt8(0xAB).hexadecimal(digits: 1) == "ab")
    }
}
