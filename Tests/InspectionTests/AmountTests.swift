import Inspection
import Testing

@Suite("amounts")
struct AmountTests {
    @Test(
        "read well",
        arguments: [
            (Amount.grouped(0), "0"), (Amount.grouped(999), "999"), (Amount.grouped(1_234_567), "1,234,567"),
            (Amount.grouped(-1000), "-1,000"), (Amount.grouped(-100), "-100"),
            (Amount.bytes(0), "0 bytes"), (Amount.bytes(1), "1 byte"), (Amount.bytes(1023), "1,023 bytes"),
            (Amount.bytes(1536), "1.5 KiB"), (Amount.bytes(1 << 42), "4.0 TiB"), (Amount.bytes(.max), "8,192.0 PiB"),
            (Amount.bytes((1 << 20) - 1), "1.0 MiB"), (Amount.rate(0.44), "0.4"), (Amount.rate(1234.6), "1,235"),
            (Amount.rate(.infinity), "0"),
            (Amount.duration(seconds: 0.0025), "2.5 ms"), (Amount.duration(seconds: 0.84), "0.8 s"),
            (Amount.duration(seconds: 60), "1 min"),
            (Amount.duration(seconds: 200), "3 min 20 s"), (Amount.duration(seconds: 183_600), "2 d 3 h"),
        ])
    func amounts(_ text: String, _ expected: String) {
        #expect(text == expected)
    }
}
