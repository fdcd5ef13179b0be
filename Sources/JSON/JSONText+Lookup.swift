/// Names of members that are looked up together in objects that are given as text.
package struct JSONMemberNames: Sendable {
    /// All names, one after the other, and where each one ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    /// The number of names.
    package var count: Int { ends.count }

    /// The index of a name, which is added when it is not there.
    package mutating func index(of name: String) -> Int {
        let utf8 = Array(name.utf8)
        for index in ends.indices where bytes[range(of: index)].elementsEqual(utf8) { return index }
        bytes += utf8
        ends.append(bytes.count)
        return ends.count - 1
    }

    private func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// Finds the texts of the named members of an object, in one pass over the text.
    ///
    /// Of a repeated name the last member counts, as in parsed text.
    ///
    /// - Parameters:
    ///   - text: JSON in UTF-8.
    ///   - values: gets the text of each member by the index of the name; without a base address for a missing one.
    /// - Returns: false when the text is not an object, or not JSON.
    package func find(
        in text: UnsafeRawBufferPointer, _ values: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
    ) -> Bool {
        values.update(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
        var members = JSONMemberScanner(text)
        return bytes.withUnsafeBytes { bytes in
            ends.withUnsafeBufferPointer { ends in
                (try? members.visit { key, hasEscapes, value in
                    if let index = Self.position(of: key, hasEscapes: hasEscapes, bytes, ends) { values[index] = value }
                }) != nil
            }
        }
    }

    @inline(__always)
    private static func position(
        of key: UnsafeRawBufferPointer, hasEscapes: Bool, _ bytes: UnsafeRawBufferPointer,
        _ ends: UnsafeBufferPointer<Int>
    ) -> Int? {
        guard !hasEscapes else {
            let name = Array(JSONMember(key: "", value: key).string?.utf8 ?? "".utf8)
            return name.withUnsafeBytes { position(of: $0, bytes, ends) }
        }
        return position(of: UnsafeRawBufferPointer(rebasing: key[1..<key.count - 1]), bytes, ends)
    }

    private static func position(
        of name: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer, _ ends: UnsafeBufferPointer<Int>
    ) -> Int? {
        var start = 0
        for index in 0..<ends.count {
            let end = ends[index]
            if end - start == name.count, isEqual(bytes, from: start, name) { return index }
            start = end
        }
        return nil
    }

    @inline(__always)
    private static func isEqual(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ name: UnsafeRawBufferPointer
    ) -> Bool {
        for position in 0..<name.count where bytes[start + position] != name[position] { return false }
        return true
    }
}

/// Visits the members of an object without building values.
private struct JSONMemberScanner {
    private var scanner: JSONScanner

    init(_ text: UnsafeRawBufferPointer) { scanner = JSONScanner(text) }

    /// - Parameter visit: gets the key in quotes, whether the key has escapes, and the text of the value.
    @inline(__always)
    mutating func visit(
        _ visit: (UnsafeRawBufferPointer, Bool, UnsafeRawBufferPointer) -> Void
    ) throws(JSONFailure) {
        scanner.skipWhitespace()
        guard consume(UInt8(ascii: "{")) else { throw scanner.failure(expected: "an object") }
        scanner.skipWhitespace()
        if !consume(UInt8(ascii: "}")) {
            repeat {
                scanner.skipWhitespace()
                guard scanner.current == UInt8(ascii: "\"") else {
                    throw scanner.failure(expected: "a key in quotes")
                }
                let keyStart = scanner.position
                let hasEscapes = try scanner.scanString()
                let keyEnd = scanner.position
                scanner.skipWhitespace()
                guard consume(UInt8(ascii: ":")) else { throw scanner.failure(expected: "':' after the key") }
                scanner.skipWhitespace()
                let start = scanner.position
                try skipValue()
                visit(text(keyStart..<keyEnd), hasEscapes, text(start..<scanner.position))
                scanner.skipWhitespace()
            } while consume(UInt8(ascii: ","))
            guard consume(UInt8(ascii: "}")) else { throw scanner.failure(expected: "',' or '}'") }
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.failure(expected: "the end of the text") }
    }

    @inline(__always)
    private mutating func skipValue() throws(JSONFailure) {
        switch scanner.current {
        case UInt8(ascii: "\""): _ = try scanner.scanString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanner.scanNumber()
        default:
            var minifier = JSONMinifier(scanner, maximumDepth: JSONValue.defaultMaximumDepth - 1)
            _ = try minifier.minifyValue()
            scanner = minifier.scanner
        }
    }

    private func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: scanner.bytes[range])
    }

    @inline(__always)
    private mutating func consume(_ byte: UInt8) -> Bool {
        guard scanner.current == byte else { return false }
        scanner.position += 1
        return true
    }
}
