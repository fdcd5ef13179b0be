/// Checks a JSON text and removes its insignificant whitespace, without building values.
///
/// The bytes between two runs of whitespace are copied to the output at once. A text without whitespace is not copied.
struct JSONMinifier {
    private(set) var scanner: JSONScanner
    private let maximumDepth: Int
    private let start: Int
    private var output: [UInt8] = []
    private var runStart: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        self.init(JSONScanner(bytes), maximumDepth: maximumDepth)
    }

    /// A minifier that begins at the position of a scanner.
    init(_ scanner: JSONScanner, maximumDepth: Int) {
        self.scanner = scanner
        self.maximumDepth = maximumDepth
        start = scanner.position
        runStart = start
    }

    /// Checks the whole text.
    ///
    /// - Returns: the shorter text; nil when there is no whitespace to remove.
    mutating func minify() throws(JSONFailure) -> [UInt8]? {
        try scanner.rejectByteOrderMark()
        skipWhitespace()
        try checkValue(depth: 0)
        skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure(expected: "the end of the text") }
        return rest()
    }

    /// Checks the value at the position of the scanner, and moves past the value.
    ///
    /// - Returns: the shorter value; nil when there is no whitespace in the value to remove.
    mutating func minifyValue() throws(JSONFailure) -> [UInt8]? {
        try checkValue(depth: 0)
        return rest()
    }

    /// The output with the last run.
    private mutating func rest() -> [UInt8]? {
        if runStart == start { return nil }
        output.append(contentsOf: scanner.bytes[runStart..<scanner.position])
        return output
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        if scanner.current <= 0x20, !scanner.isAtEnd { dropWhitespace() }
    }

    @inline(never)
    private mutating func dropWhitespace() {
        let runEnd = scanner.position
        scanner.skipWhitespace()
        guard scanner.position > runEnd else { return }
        if runStart == start { output.reserveCapacity(scanner.bytes.count - start) }
        output.append(contentsOf: scanner.bytes[runStart..<runEnd])
        runStart = scanner.position
    }

    private mutating func checkValue(depth: Int) throws(JSONFailure) {
        switch scanner.current {
        case UInt8(ascii: "\""): _ = try scanner.scanString()
        case UInt8(ascii: "{"): try checkObject(depth: depth + 1)
        case UInt8(ascii: "["): try checkArray(depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanner.scanNumber()
        case UInt8(ascii: "t"): try scanner.scanLiteral("true")
        case UInt8(ascii: "f"): try scanner.scanLiteral("false")
        case UInt8(ascii: "n"): try scanner.scanLiteral("null")
        default: throw scanner.failure(expected: "a value")
        }
    }

    private mutating func checkArray(depth: Int) throws(JSONFailure) {
        guard depth <= maximumDepth else { throw scanner.failure(.tooDeep(limit: maximumDepth)) }
        scanner.position += 1
        skipWhitespace()
        if scanner.consume(UInt8(ascii: "]")) { return }
        while true {
            try checkValue(depth: depth)
            skipWhitespace()
            if scanner.consume(UInt8(ascii: "]")) { return }
            guard scanner.consume(UInt8(ascii: ",")) else { throw scanner.failure(expected: "',' or ']'") }
            skipWhitespace()
        }
    }

    private mutating func checkObject(depth: Int) throws(JSONFailure) {
        guard depth <= maximumDepth else { throw scanner.failure(.tooDeep(limit: maximumDepth)) }
        scanner.position += 1
        skipWhitespace()
        if scanner.consume(UInt8(ascii: "}")) { return }
        while true {
            guard scanner.current == UInt8(ascii: "\"") else { throw scanner.failure(expected: "a key in quotes") }
            _ = try scanner.scanString()
            skipWhitespace()
            guard scanner.consume(UInt8(ascii: ":")) else { throw scanner.failure(expected: "':' after the key") }
            skipWhitespace()
            try checkValue(depth: depth)
            skipWhitespace()
            if scanner.consume(UInt8(ascii: "}")) { return }
            guard scanner.consume(UInt8(ascii: ",")) else { throw scanner.failure(expected: "',' or '}'") }
            skipWhitespace()
        }
    }
}
