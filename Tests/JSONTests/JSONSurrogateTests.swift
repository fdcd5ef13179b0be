import JSON
import Testing

@Suite("Lone surrogates")
struct JSONSurrogateTests {
    @Test(
        "a lone half of a pair is replaced, and nothing else",
        arguments: [
            (#""\ud83d""#, #""\ufffd""#),
            (#""\uDE00""#, #""\ufffd""#),
            (#"["\ud83dx\ud83d\n","\uD83D\uD83D\uDE00"]"#, #"["\ufffdx\ufffd\n","\ufffd\uD83D\uDE00"]"#),
            (#""\ude00\ud83d""#, #""\ufffd\ufffd""#),
            (#""\\\ud83d""#, #""\\\ufffd""#),
        ])
    func replaces(text: String, sound: String) throws {
        var bytes = Array(text.utf8)
        #expect(JSONText.replaceLoneSurrogates(in: &bytes))
        #expect(String(decoding: bytes, as: UTF8.self) == sound)
        _ = try JSONValue(parsing: bytes)
    }

    @Test(
        "anything else stays as it is",
        arguments: [
            "", "\\", #""\u""#, #"\ud83"#, #""\ud8""#, #""\ud83d\ude00""#, #""\\ud83d""#, #""\\\\ude00""#,
            #""\u00e9\"\\n""#, #""\u+d83d""#,
            "[1,2]", #""\u-000\uzzzz""#,
        ])
    func leaves(text: String) {
        var bytes = Array(text.utf8)
        #expect(!JSONText.replaceLoneSurrogates(in: &bytes))
        #expect(bytes == Array(text.utf8))
    }
}
