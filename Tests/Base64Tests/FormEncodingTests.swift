import Testing
@testable import Base64

@Suite struct FormEncodingTests {
    @Test(
        "plus signs and escapes are decoded, and invalid escapes stay",
        arguments: [
            ("", ""), ("plain", "plain"), ("a+b", "a b"), ("%2B", "+"), ("%c3%A9", "é"), ("100%", "100%"),
            ("%4", "%4"), ("%zz", "%zz"), ("%2", "%2"), ("%41%4", "A%4"), ("%ff", "\u{FFFD}"), ("%00", "\0"),
        ])
    func decoding(text: String, decoded: String) {
        #expect(FormEncoding.decoded(text) == decoded)
    }

    @Test("in a path a plus sign is a plus sign")
    func path() {
        #expect(FormEncoding.decoded(partOfPath: "a+b%20c%2Fd%4") == "a+b c/d%4")
    }
}
