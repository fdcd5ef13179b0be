import JSON

extension Rule<[String]> {
    /// A list of addresses that are safe to put into a page: `http:` and `https:` URLs with a
    /// host, and absolute or relative paths. Refuses what a browser would execute, such
    /// as `javascript:`, and what browsers read differently (backslashes, whitespace, `//host`).
    public static func addresses(atMost count: Int, length: ClosedRange<Int>) -> Rule {
        Rule(
            expectation: "an array of at most \(count) http(s) URLs or paths without a scheme, "
                + "each of \(length.lowerBound) to \(length.upperBound) characters",
            read: { (json) throws(Mismatch) in
                guard let elements = json.array else { throw Mismatch(found: json.kindName) }
                guard elements.count <= count else { throw Mismatch(found: "\(elements.count) elements") }
                var addresses: [String] = []
                for (index, element) in elements.enumerated() {
                    do throws(Mismatch) {
                        addresses.append(try address(element, length: length))
                    } catch {
                        throw Mismatch(found: "\(error.found) at index \(index)")
                    }
                }
                return addresses
            },
            write: { .array($0.map { .string($0) }) })
    }

    private static func address(_ json: JSONValue, length: ClosedRange<Int>) throws(Mismatch) -> String {
        guard let text = json.string else { throw Mismatch(found: json.kindName) }
        try text.checkLength(length)
        guard isSafe(text) else { throw Mismatch(found: "\"\(text.shortened)\"") }
        return text
    }

    private static func isSafe(_ text: String) -> Bool {
        guard text.utf8.allSatisfy(isHarmless), !text.hasPrefix("//") else { return false }
        if text.utf8.contains(where: { $0 >= 0x80 }),
            text.unicodeScalars.contains(where: { $0.isControl || $0.isWhitespace })
        {
            return false
        }
        // RFC 3986, section 4.2: before the first slash of a relative path there is no colon.
        let start = text.utf8.prefix { $0 != UInt8(ascii: ":") && !isDelimiter($0) }
        let rest = text.utf8[start.endIndex...]
        guard rest.first == UInt8(ascii: ":") else { return true }
        // Letters differ in the bit 0x20 from their capitals, and no other byte becomes one of these.
        let scheme = start.lazy.map { $0 | 0x20 }
        guard scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8),
            rest.starts(with: "://".utf8), let host = rest.dropFirst(3).first
        else { return false }
        return !isDelimiter(host)
    }

    /// Everything but control characters, the space and the backslash; beyond ASCII, any byte.
    private static func isHarmless(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "\\")
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}
