import JSON

extension Rule<[String]> {
    /// A list of addresses that are safe to put into a page: `http:` and `https:` URLs with a
    /// host, and absolute or relative paths. What a browser would run, such as `javascript:`, or
    /// read differently than we do (backslashes, whitespace, `//host`), is refused.
    static func addresses(atMost count: Int, length: ClosedRange<Int>) -> Rule {
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
        let scalars = text.unicodeScalars
        if scalars.contains(where: { $0.isControl || $0.isWhitespace || $0 == "\\" }) { return false }
        if text.hasPrefix("//") { return false }
        // RFC 3986, section 4.2: before the first slash of a relative path there is no colon.
        let delimiters: [Unicode.Scalar] = ["/", "?", "#"]
        guard let colon = scalars.firstIndex(of: ":"),
            !scalars[..<colon].contains(where: delimiters.contains)
        else { return true }
        let scheme = scalars[..<colon].map(\.properties.lowercaseMapping).joined()
        guard scheme == "http" || scheme == "https" else { return false }
        let rest = scalars[scalars.index(after: colon)...]
        return rest.starts(with: "//".unicodeScalars)
            && rest.dropFirst(2).first.map { !delimiters.contains($0) } ?? false
    }
}
