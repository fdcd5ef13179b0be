import EventLog
import TestSupport

/// Events of every kind a log may hold.
enum RandomEvents {
    private static let names = [
        "a", "ñandú", "日本語", "e\u{301}", "\u{E9}", "x\"y\\z", "😀", " ", "\u{2028}", "#%&",
        String(repeating: "k", count: 60),
    ]
    private static let texts = [
        "null", "0", "-1.50E+3", "\"\"", "[]", "{}", #"{"a":1,"a":2}"#, #""\u0000\ud83d\ude00\/""#, "\"\u{2028}é\"",
        #"[[["x"]],null]"#,
    ]

    /// With times in no order, ids that are all different, and data from none to a few KiB.
    static func make(_ count: Int, using random: inout SeededGenerator) -> [NewEvent] {
        (0..<count).map { number in
            NewEvent(
                topic: names.randomElement(using: &random)! + "/\(number % 7)",
                type: names.randomElement(using: &random)! + ".x",
                id: random.chance(1, of: 2) ? names.randomElement(using: &random)! + "\(number)" : nil,
                source: random.chance(1, of: 2) ? names.randomElement(using: &random)! : nil,
                data: random.chance(1, of: 2)
                    ? .json(Array(texts.randomElement(using: &random)!.utf8))
                    : .bytes(
                        (0..<random.number(0...3000)).map { _ in UInt8.random(in: .min ... .max, using: &random) }),
                time: random.chance(1, of: 3)
                    ? nil : Timestamp(microseconds: Int64(random.number(-1_000_000_000...1_700_000_000_000_000))))
        }
    }
}
