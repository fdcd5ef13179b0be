extension JSONText {
    /// Checks a text that is one JSON array, and visits its elements in order without making values of them.
    ///
    /// What is wrong behind an element shows after its visit.
    ///
    /// - Parameters:
    ///   - maximumDepth: how deep arrays and objects may nest within an element.
    ///   - visit: gets the element's text, sound and without insignificant whitespace, lent for the visit only; false ends it.
    /// - Throws: what is wrong, and where.
    public static func visitElements(
        of bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64, _ visit: (UnsafeRawBufferPointer) -> Bool
    ) throws(JSONError) {
        precondition((0...JSONValue.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        var elements = JSONElements(bytes, maximumDepth: maximumDepth)
        do throws(JSONFailure) {
            try elements.visit(visit)
        } catch {
            throw JSONError(error, in: bytes)
        }
    }
}

/// Goes from element to element of the outermost array.
private struct JSONElements {
    private var scanner: JSONScanner
    private let maximumDepth: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        scanner = JSONScanner(bytes)
        self.maximumDepth = maximumDepth
    }

    mutating func visit(_ visit: (UnsafeRawBufferPointer) -> Bool) throws(JSONFailure) {
        try scanner.refuseByteOrderMark()
        scanner.skipWhitespace()
        guard consume(UInt8(ascii: "[")) else { throw scanner.failure(expected: "an array") }
        scanner.skipWhitespace()
        if !consume(UInt8(ascii: "]")) {
            repeat {
                scanner.skipWhitespace()
                guard try visitElement(visit) else { return }
                scanner.skipWhitespace()
            } while consume(UInt8(ascii: ","))
            guard consume(UInt8(ascii: "]")) else { throw scanner.failure(expected: "',' or ']'") }
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure(expected: "the end of the text") }
    }

    private mutating func visitElement(_ visit: (UnsafeRawBufferPointer) -> Bool) throws(JSONFailure) -> Bool {
        let start = scanner.position
        var minifier = JSONMinifier(scanner, maximumDepth: maximumDepth)
        let shorter = try minifier.minifyValue()
        scanner = minifier.scanner
        if let shorter { return shorter.withUnsafeBytes { visit($0) } }
        return visit(UnsafeRawBufferPointer(rebasing: scanner.bytes[start..<scanner.position]))
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard scanner.current == byte else { return false }
        scanner.position += 1
        return true
    }
}
