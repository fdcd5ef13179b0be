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
        var object = JSONScanner(bytes)
        do throws(JSONFailure) {
            try object.scanObject { scanner, key, _ throws(JSONFailure) in
                let name = JSONMember(key: "", value: key).string ?? ""
                try scanner.withMinifiedValue(maximumDepth: maximumDepth) { visit(JSONMember(key: name, value: $0)) }
            }
        } catch {
            throw JSONError(error, in: bytes)
        }
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
        var array = JSONScanner(bytes)
        do throws(JSONFailure) {
            try array.scanArray { scanner throws(JSONFailure) in
                try scanner.withMinifiedValue(maximumDepth: maximumDepth, visit)
            }
        } catch {
            throw JSONError(error, in: bytes)
        }
    }
}

extension JSONScanner {
    /// Moves past the value at the position, and calls a function with the text of the value without insignificant
    /// whitespace. The bytes exist only during the call.
    fileprivate mutating func withMinifiedValue<Result>(
        maximumDepth: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(JSONFailure) -> Result {
        let start = position
        var minifier = JSONMinifier(self, maximumDepth: maximumDepth)
        let shorter = try minifier.minifyValue()
        self = minifier.scanner
        return shorter.map { $0.withUnsafeBytes(body) } ?? body(text(from: start))
    }
}
