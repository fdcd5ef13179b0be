/// Scans a text that is one object or one array, and calls a function at each member or element.
extension JSONScanner {
    /// Scans a text that is one object.
    ///
    /// - Parameter visit: called at the start of the value of each member; must move past the value. Gets the key in
    ///   quotes, and whether the key has escapes.
    @inline(__always)
    mutating func scanObject(
        _ visit: (inout JSONScanner, _ key: UnsafeRawBufferPointer, _ hasEscapes: Bool) throws(JSONFailure) -> Void
    ) throws(JSONFailure) {
        try begin(UInt8(ascii: "{"), expected: "an object")
        if !consume(UInt8(ascii: "}")) {
            repeat {
                skipWhitespace()
                guard current == UInt8(ascii: "\"") else { throw failure(expected: "a key in quotes") }
                let start = position
                let hasEscapes = try scanString()
                let key = text(from: start)
                skipWhitespace()
                guard consume(UInt8(ascii: ":")) else { throw failure(expected: "':' after the key") }
                skipWhitespace()
                try visit(&self, key, hasEscapes)
                skipWhitespace()
            } while consume(UInt8(ascii: ","))
            guard consume(UInt8(ascii: "}")) else { throw failure(expected: "',' or '}'") }
        }
        try end()
    }

    /// Scans a text that is one array.
    ///
    /// - Parameter visit: called at the start of each element; must move past the element. Returning false ends the scan.
    mutating func scanArray(_ visit: (inout JSONScanner) throws(JSONFailure) -> Bool) throws(JSONFailure) {
        try begin(UInt8(ascii: "["), expected: "an array")
        if !consume(UInt8(ascii: "]")) {
            repeat {
                skipWhitespace()
                guard try visit(&self) else { return }
                skipWhitespace()
            } while consume(UInt8(ascii: ","))
            guard consume(UInt8(ascii: "]")) else { throw failure(expected: "',' or ']'") }
        }
        try end()
    }

    /// The text from `start` up to the current position.
    @inline(__always)
    func text(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    @inline(__always)
    private mutating func begin(_ bracket: UInt8, expected: StaticString) throws(JSONFailure) {
        try rejectByteOrderMark()
        skipWhitespace()
        guard consume(bracket) else { throw failure(expected: expected) }
        skipWhitespace()
    }

    @inline(__always)
    private mutating func end() throws(JSONFailure) {
        skipWhitespace()
        guard isAtEnd else { throw failure(expected: "the end of the text") }
    }
}
