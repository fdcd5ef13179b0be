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

    @Test(
        "the first part that cannot be decoded is found",
        arguments: [
            ("", nil), ("a+b%20c%c3%A9%e2%82%ac", nil), ("%00", nil), ("é", nil), ("100%", .escape("%")),
            ("%4", .escape("%4")), ("a%zzb", .escape("%zz")), ("%%41", .escape("%%4")), ("%41%4€x", .escape("%4€")),
            ("%e", .escape("%e")), ("%ff", .encoding("%ff")), ("%c3", .encoding("%c3")),
            ("a%41%C3%28", .encoding("%41%C3%28")), ("%ed%a0%80", .encoding("%ed%a0%80")), ("%c3é", .encoding("%c3")),
            (String(repeating: "%ff", count: 20), .encoding(String(repeating: "%ff", count: 8))),
            ("%ff%", .escape("%")),
        ] as [(String, FormEncoding.Fault?)])
    func faults(text: String, fault: FormEncoding.Fault?) {
        #expect(FormEncoding.fault(in: text) == fault)
    }
}
