import JSON
import TestSupport
import Testing

@testable import Schemas

@Suite("Patterns")
struct PatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let matching: [String]
        let others: [String]
        var testDescription: String { pattern }

        init(_ pattern: String, _ matching: [String], not others: [String]) {
            (self.pattern, self.matching, self.others) = (pattern, matching, others)
        }
    }

    @Test(
        "match as ECMA-262 says",
        arguments: [
            Case("", ["", "a"], not: []),
            Case("b", ["b", "abc"], not: ["", "a", "B"]),
            Case("^b", ["b", "bc"], not: ["", "ab", "\nb"]),
            Case("b$", ["b", "ab"], not: ["bc", "b\n"]),
            Case("^$", [""], not: ["a", "\n"]),
            Case("^a|b$", ["ax", "xb", "ab"], not: ["xax", "bx"]),
            Case("^(a|b)$", ["a", "b"], not: ["ab", ""]),
            Case("^(?:a||b)c$", ["ac", "c", "bc"], not: ["abc", "a"]),
            Case("^.$", ["a", "é", "😀", "\u{85}"], not: ["", "ab", "\n", "\r", "\u{2028}", "\u{2029}"]),
            Case("^a*$", ["", "a", "aaa"], not: ["b", "aab"]),
            Case("^a+?$", ["a", "aaa"], not: ["", "b"]),
            Case("^a??b$", ["ab", "b"], not: ["aab"]),
            Case("^a{2}$", ["aa"], not: ["a", "aaa"]),
            Case("^a{2,}$", ["aa", "aaaaa"], not: ["a"]),
            Case("^a{2,4}?$", ["aa", "aaa", "aaaa"], not: ["a", "aaaaa"]),
            Case("^a{0}$", [""], not: ["a"]),
            Case("^a{0,2}b{1,1}$", ["b", "ab", "aab"], not: ["aaab", "aa"]),
            Case("^(ab){2,3}$", ["abab", "ababab"], not: ["ab", "abababab", "aabb"]),
            Case("^(a*)*$", ["", "aa"], not: ["b"]),
            Case("^(a*)+b$", ["b", "aab"], not: ["a"]),
            Case("^(|a){3}$", ["", "a", "aaa"], not: ["aaaa"]),
            Case("^[abc-e]$", ["a", "b", "c", "d", "e"], not: ["f", "-", ""]),
            Case("^[^a-c\\d]$", ["d", "é", "\n"], not: ["a", "5"]),
            Case("^[-a]$", ["-", "a"], not: ["b"]),
            Case("^[a-]$", ["-", "a"], not: ["b"]),
            Case("^[\\]\\\\^-]$", ["]", "\\", "^", "-"], not: ["a"]),
            Case("^[a^[{.*]$", ["a", "^", "[", "{", ".", "*"], not: ["b"]),
            Case("[]", [], not: ["", "a", "]"]),
            Case("^[^]$", ["a", "\n", "😀"], not: ["", "ab"]),
            Case("^[à-ÿ😀-😎]$", ["é", "😃"], not: ["e", "🙏"]),
            Case("^\\d\\D$", ["1a"], not: ["11", "aa", "١a"]),
            Case("^\\w\\W$", ["a-", "_ ", "9é"], not: ["ab", "é-"]),
            Case(
                "^\\s\\S$", [" a", "\u{A0}a", "\u{FEFF}a", "\u{3000}a", "\u{2028}b"],
                not: ["aa", "\u{85}a", "\u{200B}a"]),
            Case("^[\\s\\d]+$", ["1 2\t"], not: ["", "a"]),
            Case("^\\t\\r\\n\\f\\v\\0$", ["\t\r\n\u{0C}\u{0B}\0"], not: ["trnfv0"]),
            Case("^\\x41\\u0042\\u{43}\\u{1F600}\\uD83D\\uDE00\\cJ$", ["ABC😀😀\n"], not: ["ABC"]),
            Case("^[\\x41-\\u0043\\b]$", ["A", "C", "\u{08}"], not: ["D", "b"]),
            Case("^\\/\\.\\*\\-\\@\\{\\}\\^\\$\\|\\(\\)\\[\\]\\+\\?$", ["/.*-@{}^$|()[]+?"], not: ["a"]),
            Case("\\bcat\\b", ["cat", "a cat.", "cat-like"], not: ["cats", "_cat", "cat1"]),
            Case("\\Bat\\b", ["cat", "x bat"], not: ["at", "attic"]),
            Case("^\\b$", [], not: ["", "a"]),
            Case("\\b", ["a", "é a"], not: ["", "é", " "]),
            Case("^\\B$", [""], not: ["a"]),
            Case("^(\\ba|b)+$", ["a", "ab", "b", "bb"], not: ["ba", "aa"]),
            Case("a^b|c$d|^^x$$", ["x"], not: ["ab", "cd", "xx"]),
            Case("^[a-z0-9]+(?:-[a-z0-9]+)*$", ["abc", "a-b-c1"], not: ["", "-a", "a--b", "a-"]),
            Case("^\u{E9}$", ["\u{E9}"], not: ["e\u{301}"]),
            Case("^..$", ["e\u{301}", "\r\u{85}ab".suffix(2).description], not: ["\u{E9}"]),
        ])
    func matches(_ testCase: Case) throws {
        let pattern = try Pattern(testCase.pattern)
        for text in testCase.matching { #expect(pattern.matches(text), "\(text) matches") }
        for text in testCase.others { #expect(!pattern.matches(text), "\(text) does not match") }
    }

    @Test(
        "outside of the subset are refused with a reason",
        arguments: [
            ("a(?=b)", "at character 2, lookahead is not supported, because it does not run in linear time"),
            ("(?!b)", "at character 1, lookahead is not supported, because it does not run in linear time"),
            ("(?<=a)b", "at character 1, lookbehind is not supported, because it does not run in linear time"),
            ("(?<!a)b", "at character 1, lookbehind is not supported, because it does not run in linear time"),
            ("(?<year>a)", "at character 1, named groups are not supported; write (…) or (?:…)"),
            ("(?i:a)", "at character 1, '(?' must be followed by ':'"),
            ("(a)\\1", "at character 4, references to groups (\\1) are not supported"),
            ("\\k<a>", "at character 1, references to groups (\\k) are not supported"),
            ("\\p{L}", "at character 1, \\p{…} is not supported; write the characters as ranges: [a-zà-ÿ]"),
            ("[\\P{L}]", "at character 2, \\p{…} is not supported; write the characters as ranges: [a-zà-ÿ]"),
            ("(a", "at character 1, the group is not closed by ')'"),
            ("a)", "at character 2, a ')' closes no group; the character itself is written \\)"),
            ("[a", "at character 1, the class is not closed by ']'"),
            ("[", "at character 1, the class is not closed by ']'"),
            ("a]", "at character 2, ']' must be escaped as \\]"),
            ("a}", "at character 2, '}' must be escaped as \\}"),
            ("*a", "at character 1, '*' repeats nothing; the character itself is written \\*"),
            ("a**", "at character 3, '*' repeats nothing; the character itself is written \\*"),
            ("(+)", "at character 2, '+' repeats nothing; the character itself is written \\+"),
            ("^*", "at character 2, '*' repeats a place in the text (^ $ \\b \\B) and not a character"),
            ("\\b{2}", "at character 3, '{' repeats a place in the text (^ $ \\b \\B) and not a character"),
            ("{2}", "at character 1, '{' must be escaped as \\{"),
            ("a{", "at character 2, '{' begins no repetition {m}, {m,} or {m,n}; the character itself is written \\{"),
            (
                "a{,2}",
                "at character 2, '{' begins no repetition {m}, {m,} or {m,n}; the character itself is written \\{"
            ),
            ("a{2", "at character 2, '{' begins no repetition {m}, {m,} or {m,n}; the character itself is written \\{"),
            ("a{3,2}", "at character 6, the repetition {3,2} has a maximum below its minimum"),
            ("[b-a]", "at character 5, a range in a class has its end before its start"),
            (
                "[\\d-a]",
                "at character 6, a range in a class must be between two characters; the hyphen itself is written \\-"
            ),
            ("a\\", "at character 2, a backslash must be followed by a character"),
            ("\\xg0", "at character 3, \\x must be followed by two hexadecimal digits"),
            ("\\u12", "at character 3, \\u must be followed by four hexadecimal digits, or by {…} with a code point"),
            (
                "\\u{110000}",
                "at character 3, \\u must be followed by four hexadecimal digits, or by {…} with a code point"
            ),
            ("\\u{-1}", "at character 3, \\u must be followed by four hexadecimal digits, or by {…} with a code point"),
            ("\\u{12", "at character 3, \\u must be followed by four hexadecimal digits, or by {…} with a code point"),
            (
                "\\uD800a",
                "at character 7, the \\u escape is half of a surrogate pair; a pair is \\uD800…\\uDBFF and then \\uDC00…\\uDFFF"
            ),
            ("\\c1", "at character 1, \\c must be followed by a letter from A to Z"),
            (
                "\\y",
                "at character 1, \\y is not an escape of the supported subset; supported are \\d \\D \\w \\W \\s \\S \\b \\B "
                    + "\\t \\n \\v \\f \\r \\0 \\cX \\xHH \\uHHHH \\u{…} and punctuation"
            ),
        ])
    func refused(pattern: String, message: String) {
        let fault = #expect(throws: PatternFault.self) { try Pattern(pattern) }
        #expect(fault?.message == message)
    }

    @Test(
        "that are too large are refused",
        arguments: [
            ("a{2001}", "at character 6, a repetition is limited to 2000 times"),
            ("a{99999999999999999999}", "at character 6, a repetition is limited to 2000 times"),
            ("(a{100}){100}", PatternTests.tooManyStates),
            ("(((a{2000}){2000}){2000}){2000}", PatternTests.tooManyStates),
            ("(((){2000}){2000}){2000}", PatternTests.tooManyStates), ("(a{0,50}){0,50}", PatternTests.tooManyStates),
            ("((((((((((a{9,}){9,}){9,}){9,}){9,}){9,}){9,}){9,}){9,}){9,})", PatternTests.tooManyStates),
            (String(repeating: "(", count: 51), "at character 52, groups are nested deeper than the limit of 50"),
            (String(repeating: "a", count: 1001), "the pattern has 1001 bytes and the limit is 1000; shorten it"),
        ])
    func tooLarge(pattern: String, message: String) {
        let fault = #expect(throws: PatternFault.self) { try Pattern(pattern) }
        #expect(fault?.message == message)
    }

    private static let tooManyStates =
        "the pattern needs more than 2000 states; use smaller numbers in {m,n}, or minLength and maxLength"

    @Test("as large as the limits are matched")
    func largest() throws {
        #expect(try Pattern("^a{1990}$").matches(String(repeating: "a", count: 1990)))
        let nested = String(repeating: "(", count: 50) + "a" + String(repeating: ")+", count: 50)
        #expect(try Pattern("^" + nested + "$").matches("aaa"))
        #expect(try Pattern(String(repeating: "a", count: 1000)).matches(String(repeating: "a", count: 1001)))
    }

    /// A backtracking matcher would need more steps than atoms exist.
    @Test(
        "that are catastrophic for backtracking run in linear time",
        .timeLimit(.minutes(1)),
        arguments: [
            ("^(a+)+$", false), ("(a|a)*b", false), ("^(a|aa)+$", false), ("(a*)*b", false), ("^(.*a){12}b$", false),
            ("(x+x+)+y", false), ("^(([a-z])+.)+[A-Z]([a-z])+$", false), ("^(a?){50}a{50}", true),
        ])
    func catastrophic(pattern: String, isMatched: Bool) throws {
        let text = String(repeating: "a", count: 100_000) + "!"
        let pattern = try Pattern(pattern)
        let clock = ContinuousClock()
        let time = clock.measure { #expect(pattern.matches(text) == isMatched) }
        #expect(time < .seconds(30))
    }

    @Test("a value whose strings would take too many steps is refused, and not compared")
    func budget() throws {
        let schema = try Schema(
            ["items": ["pattern": "[ab]{900}c"]], file: "app.json", documents: [:])
        let short = String(repeating: "a", count: 5000)
        #expect(schema.mismatch(.array([.string(short + "c")])) == nil)
        let long = schema.mismatch(.array([.string(short + "c"), .string(short + "c"), .string(short + "c")]))
        #expect(long?.pointer.description == "/2")
        #expect(long?.message.hasPrefix("is too long for the pattern [ab]{900}c") == true)
    }
}
