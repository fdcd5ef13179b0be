import JSON
import Testing

@Suite("Trimming")
struct TrimmingTests {
    @Test(
        "whitespace at both ends is left out, and nothing else",
        arguments: [
            ("", ""), (" ", ""), ("\r\n\t", ""), ("a", "a"), ("  a b\u{A0}\u{3000}", "a b"),
            ("\u{2028}é \n x\r\n", "é \n x"),
            ("\u{200B}a", "\u{200B}a"),
        ])
    func whitespace(text: String, trimmed: String) {
        #expect(text.trimmed == trimmed)
        #expect(text[...].trimmed == trimmed)
    }

    @Test("the caller chooses what is left out")
    func chosen() {
        #expect("--a-b-".trimmed { $0 == "-" } == "a-b")
        #expect(" \ta\n".trimmed { $0 == " " || $0 == "\t" } == "a\n")
        #expect("--".trimmed { $0 == "-" }.isEmpty)
    }
}
