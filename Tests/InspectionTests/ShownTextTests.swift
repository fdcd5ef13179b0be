import Inspection
import Testing

@Suite struct ShownTextTests {
    @Test(
        "characters that a browser or a terminal interprets are escaped, and nothing else changes",
        arguments: [
            ("plain", "plain"), ("Ñandú عربي 日本 🧭", "Ñandú عربي 日本 🧭"), ("a\u{202E}b", #"a\u202eb"#),
            ("\u{200F}\u{2066}", #"\u200f\u2066"#),
            ("\u{0}\u{7F}\u{85}", #"\u0000\u007f\u0085"#), ("a\nb", #"a\u000ab"#), ("<b>&\"", "<b>&\""),
            ("\u{1B}[31m", #"\u001b[31m"#), ("👩‍👧", "👩‍👧"), ("\u{2028}", #"\u2028"#), ("", ""),
        ])
    func escaping(text: String, shown: String) {
        #expect(ShownText.escaped(text) == shown)
    }

    @Test("newlines of a text of several lines stay")
    func lines() {
        #expect(ShownText.escaped("a\n\u{202E}", keepsNewlines: true) == "a\n\\u202e")
    }

    @Test(
        "a text is not cut inside a character",
        arguments: [
            ("aé", 2, "a…"), ("aé", 3, "aé"), ("日本", 5, "日…"), ("abc", 2, "ab…"), ("é", 1, "…"),
        ])
    func cutting(text: String, limit: Int, shown: String) {
        #expect(ShownText.beginning(of: Array(text.utf8), bytes: limit) == shown)
    }
}
