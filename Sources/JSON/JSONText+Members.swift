/// A member of an object, with its value as text.
public struct JSONMember {
    /// The key with decoded escapes.
    public let key: String
    /// The valid text of the value without insignificant whitespace. The bytes exist only during the visit.
    public let value: UnsafeRawBufferPointer

    /// Whether the value is `null`, the only value that begins with `n`.
    public var isNull: Bool { value.first == UInt8(ascii: "n") }

    /// The text of a string; nil for every other kind.
    public var string: String? {
        guard value.first == UInt8(ascii: "\"") else { return nil }
        let text = value[1..<value.count - 1]
        guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text, as: UTF8.self) }
        return (try? JSONValue(parsing: value))?.string
    }
}

extension JSONText {
    /// Checks a text that is one JSON object, and visits its members in order without building values.
    ///
    /// A repeated key is visited each time. An error after a member is thrown after the visit of the member.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - maximumDepth: the number of levels to which arrays and objects can be nested in a member.
    ///   - visit: gets each member.
    /// - Throws: the first error in the text, with its position.
    public static func visitMembers(
        of bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONValue.defaultMaximumDepth,
        _ visit: (JSONMember) -> Void
    ) throws(JSONError) {
        precondition((0...JSONValue.deepestMaximumDepth).contains(maximumDepth), "maximumDepth is out of range")
        var members = JSONMembers(bytes, maximumDepth: maximumDepth)
        do throws(JSONFailure) {
            try members.visit(visit)
        } catch {
            throw JSONError(error, in: bytes)
        }
    }
}

/// Visits the members of the outermost object.
private struct JSONMembers {
    private var scanner: JSONScanner
    private let maximumDepth: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        scanner = JSONScanner(bytes)
        self.maximumDepth = maximumDepth
    }

    mutating func visit(_ visit: (JSONMember) -> Void) throws(JSONFailure) {
        try scanner.rejectByteOrderMark()
        scanner.skipWhitespace()
        guard consume(UInt8(ascii: "{")) else { throw scanner.failure(expected: "an object") }
        scanner.skipWhitespace()
        if !consume(UInt8(ascii: "}")) {
            repeat {
                scanner.skipWhitespace()
                try visitMember(visit)
                scanner.skipWhitespace()
            } while consume(UInt8(ascii: ","))
            guard consume(UInt8(ascii: "}")) else { throw scanner.failure(expected: "',' or '}'") }
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure(expected: "the end of the text") }
    }

    private mutating func visitMember(_ visit: (JSONMember) -> Void) throws(JSONFailure) {
        guard scanner.current == UInt8(ascii: "\"") else { throw scanner.failure(expected: "a key in quotes") }
        let keyStart = scanner.position
        _ = try scanner.scanString()
        let key = text(keyStart..<scanner.position)
        scanner.skipWhitespace()
        guard consume(UInt8(ascii: ":")) else { throw scanner.failure(expected: "':' after the key") }
        scanner.skipWhitespace()
        let start = scanner.position
        var minifier = JSONMinifier(scanner, maximumDepth: maximumDepth)
        let shorter = try minifier.minifyValue()
        scanner = minifier.scanner
        let name = JSONMember(key: "", value: key).string ?? ""
        if let shorter {
            shorter.withUnsafeBytes { visit(JSONMember(key: name, value: $0)) }
        } else {
            visit(JSONMember(key: name, value: text(start..<scanner.position)))
        }
    }

    private func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: scanner.bytes[range])
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard scanner.current == byte else { return false }
        scanner.position += 1
        return true
    }
}

extension JSONText {
    /// Checks a text that is one JSON array, and visits its elements in order without building values.
    ///
    /// An error after an element is thrown after the visit of the element.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - maximumDepth: the number of levels to which arrays and objects can be nested in an element.
    ///   - visit: gets the valid text of each element without insignificant whitespace, which exists only during the
    ///     visit; returning false ends the visits, and the rest of the text is not checked.
    /// - Throws: the first error in the text, with its position.
    public static func visitElements(
        of bytes: UnsafeRawBufferPointer, maximumDepth: Int = JSONValue.defaultMaximumDepth,
        _ visit: (UnsafeRawBufferPointer) -> Bool
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

/// Visits the elements of the outermost array.
private struct JSONElements {
    private var scanner: JSONScanner
    private let maximumDepth: Int

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        scanner = JSONScanner(bytes)
        self.maximumDepth = maximumDepth
    }

    mutating func visit(_ visit: (UnsafeRawBufferPointer) -> Bool) throws(JSONFailure) {
        try scanner.rejectByteOrderMark()
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
