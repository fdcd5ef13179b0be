/// Builds the value of a JSON text, with one nested call for each level of nesting.
struct JSONParser {
    private var scanner: JSONScanner
    private let maximumDepth: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        scanner = JSONScanner(bytes)
        self.maximumDepth = maximumDepth
    }

    /// Parses the whole text: one value with only whitespace around it.
    mutating func parseText() throws(JSONFailure) -> JSONValue {
        try scanner.rejectByteOrderMark()
        scanner.skipWhitespace()
        let value = try parseValue(depth: 0)
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure(expected: "the end of the text") }
        return value
    }

    private mutating func parseValue(depth: Int) throws(JSONFailure) -> JSONValue {
        switch scanner.current {
        case UInt8(ascii: "\""):
            return .string(try parseString())
        case UInt8(ascii: "{"):
            return .object(try parseObject(depth: depth + 1))
        case UInt8(ascii: "["):
            return .array(try parseArray(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let start = scanner.position
            try scanner.scanNumber()
            return .number(JSONNumber(checked: text(start..<scanner.position)))
        case UInt8(ascii: "t"):
            try scanner.scanLiteral("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.scanLiteral("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.scanLiteral("null")
            return .null
        default:
            throw scanner.failure(expected: "a value")
        }
    }

    private mutating func parseArray(depth: Int) throws(JSONFailure) -> [JSONValue] {
        guard depth <= maximumDepth else { throw scanner.failure(.tooDeep(limit: maximumDepth)) }
        scanner.position += 1
        scanner.skipWhitespace()
        var elements: [JSONValue] = []
        if scanner.consume(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue(depth: depth))
            scanner.skipWhitespace()
            if scanner.consume(UInt8(ascii: "]")) { return elements }
            guard scanner.consume(UInt8(ascii: ",")) else { throw scanner.failure(expected: "',' or ']'") }
            scanner.skipWhitespace()
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONFailure) -> JSONObject {
        guard depth <= maximumDepth else { throw scanner.failure(.tooDeep(limit: maximumDepth)) }
        scanner.position += 1
        scanner.skipWhitespace()
        var object = JSONObject()
        if scanner.consume(UInt8(ascii: "}")) { return object }
        while true {
            guard scanner.current == UInt8(ascii: "\"") else { throw scanner.failure(expected: "a key in quotes") }
            let key = try parseString()
            scanner.skipWhitespace()
            guard scanner.consume(UInt8(ascii: ":")) else { throw scanner.failure(expected: "':' after the key") }
            scanner.skipWhitespace()
            object[key] = try parseValue(depth: depth)
            scanner.skipWhitespace()
            if scanner.consume(UInt8(ascii: "}")) { return object }
            guard scanner.consume(UInt8(ascii: ",")) else { throw scanner.failure(expected: "',' or '}'") }
            scanner.skipWhitespace()
        }
    }

    private mutating func parseString() throws(JSONFailure) -> String {
        let start = scanner.position + 1
        guard try scanner.scanString() else { return text(start..<scanner.position - 1) }
        return unescaped(start..<scanner.position - 1)
    }

    /// Decodes a string with escapes that the scanner has checked.
    private func unescaped(_ range: Range<Int>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var reader = JSONScanner(UnsafeRawBufferPointer(rebasing: scanner.bytes[range]))
        var runStart = 0
        while !reader.isAtEnd {
            guard reader.current == UInt8(ascii: "\\") else {
                reader.position += 1
                continue
            }
            decoded.append(contentsOf: reader.bytes[runStart..<reader.position])
            guard let scalar = try? reader.scanEscape() else {
                preconditionFailure("an escape was checked and then not read")
            }
            decoded.append(contentsOf: UTF8.encode(scalar)!)
            runStart = reader.position
        }
        decoded.append(contentsOf: reader.bytes[runStart...])
        return String(decoding: decoded, as: UTF8.self)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: scanner.bytes[range], as: UTF8.self)
    }
}
