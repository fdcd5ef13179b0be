/// Finds out what was probably meant by a text that is not JSON, for the messages of errors.
struct JSONHint {
    private let failure: JSONFailure
    private let bytes: UnsafeRawBufferPointer

    init(_ failure: JSONFailure, in bytes: UnsafeRawBufferPointer) { (self.failure, self.bytes) = (failure, bytes) }

    /// The position of a comma with nothing after it: `[1, ]`; nil when the failure is another one.
    var trailingComma: Int? {
        guard expects("a value") || expects("a key in quotes"), [UInt8(ascii: "]"), UInt8(ascii: "}")].contains(found),
            let previous, bytes[previous] == UInt8(ascii: ",")
        else { return nil }
        return previous
    }

    /// What to write instead; nil when this is not known.
    var remedy: String? {
        guard case .expected = failure.problem else { return nil }
        if isComment { return "JSON has no comments; remove this one" }
        if isTypographicQuote { return "write straight double quotes" }
        switch found {
        case UInt8(ascii: ",") where isSuperfluousComma: return "remove the comma"
        case UInt8(ascii: "'"): return "write names and texts in double quotes"
        case _ where expects("a key in quotes"): return isLetter(found) ? "write the name in double quotes" : nil
        case _ where expects("a value"): return remedyForValue
        case _ where expects("',' or ']'") || expects("',' or '}'"):
            return isStartOfValue(found) ? "write a comma before it" : nil
        default: return nil
        }
    }

    private var remedyForValue: String? {
        switch found {
        case UInt8(ascii: "."): return "write a 0 before the point"
        case UInt8(ascii: "+"): return "write the number without a plus sign"
        default: break
        }
        guard isLetter(found) else { return nil }
        let word = String(decoding: bytes[failure.offset...].prefix(16).prefix { isLetter($0) }, as: UTF8.self)
        return switch word.lowercased() {
        case "true", "false", "null": "write \(word.lowercased()) in lower case"
        case "none", "nil", "undefined": "write null"
        case "nan", "infinity": "JSON has no such number; write null"
        default: "write texts in double quotes"
        }
    }

    private func expects(_ what: StaticString) -> Bool {
        guard case .expected(let expected) = failure.problem else { return false }
        return expected.description == what.description
    }

    /// The byte at the position of the failure; 0 at the end of the text.
    private var found: UInt8 { byte(failure.offset) }

    private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    /// The position of the last byte before the failure that is not whitespace.
    private var previous: Int? { bytes.prefix(failure.offset).lastIndex { !JSONScanner.isWhitespace($0) } }

    private var isSuperfluousComma: Bool {
        guard expects("a value") || expects("a key in quotes") else { return expects("the end of the text") }
        // After a colon a value is missing.
        return previous.map { bytes[$0] != UInt8(ascii: ":") } ?? true
    }

    private var isComment: Bool {
        let next = byte(failure.offset + 1)
        return found == UInt8(ascii: "#")
            || (found == UInt8(ascii: "/") && (next == UInt8(ascii: "/") || next == UInt8(ascii: "*")))
    }

    /// U+2018 to U+201F, three bytes each.
    private var isTypographicQuote: Bool {
        found == 0xE2 && byte(failure.offset + 1) == 0x80 && (0x98...0x9F).contains(byte(failure.offset + 2))
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "$"):
            true
        default: false
        }
    }

    private func isStartOfValue(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "\"{[-".utf8.contains(byte)
    }
}
