/// A place in a text.
public struct TextPosition: Sendable, Hashable {
    /// The line; the first line is 1.
    public let line: Int
    /// The column in Unicode scalars; the first column is 1.
    public let column: Int
}

extension TextPosition {
    /// The place of a byte.
    init(of offset: Int, in bytes: UnsafeRawBufferPointer) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(line: line, column: column)
    }
}

extension JSONText {
    /// The place of the value, or of the name of the member, that a pointer leads to.
    ///
    /// When the pointer leads nowhere, the result is the place of the deepest value on its way. Of members with the same
    /// name the last one counts, as in parsing. The cost is proportional to the length of the text times the number of steps.
    ///
    /// - Parameters:
    ///   - pointer: the value.
    ///   - name: whether to return the place of the name of the last step. An element has no name, so the result is the
    ///     place of its value.
    ///   - text: a valid JSON text. In any other text the place is that of some byte on the way of the pointer.
    public static func position(
        of pointer: JSONPointer, name: Bool = false, in text: UnsafeRawBufferPointer
    ) -> TextPosition {
        var walker = JSONWalker(text)
        walker.scanner.skipWhitespace()
        for (index, step) in pointer.steps.enumerated() {
            let start = walker.scanner
            guard let nameOffset = walker.enter(step) else { return TextPosition(of: start.position, in: text) }
            if name, index == pointer.steps.count - 1 { return TextPosition(of: nameOffset, in: text) }
        }
        return TextPosition(of: walker.scanner.position, in: text)
    }

    /// The pointers of members whose name occurs earlier in the same object, in the order of the text.
    ///
    /// - Parameters:
    ///   - text: a valid JSON text; in any other text the search ends at the first error.
    ///   - limit: the largest number of pointers to return.
    public static func repeatedNames(in text: UnsafeRawBufferPointer, limit: Int) -> [JSONPointer] {
        var search = RepeatedNameSearch(text, limit: limit)
        try? search.run()
        return search.found
    }
}

/// Moves in a valid text from a value to one of its members or elements.
private struct JSONWalker {
    var scanner: JSONScanner

    init(_ text: UnsafeRawBufferPointer) { scanner = JSONScanner(text) }

    /// Moves from the start of a value to the start of its member or element.
    ///
    /// - Returns: the position of the member's name, or of the element; nil when there is no such member or element.
    mutating func enter(_ step: String) -> Int? {
        switch scanner.current {
        case UInt8(ascii: "{"): try? enterMember(ExactText(step))
        case UInt8(ascii: "["): JSONPointer.index(step).flatMap { try? enterElement($0) }
        default: nil
        }
    }

    private mutating func enterMember(_ name: ExactText) throws(JSONFailure) -> Int? {
        var found: (name: Int, value: JSONScanner)?
        scanner.position += 1
        scanner.skipWhitespace()
        while scanner.current == UInt8(ascii: "\"") {
            let start = scanner.position
            let key = try scanner.scanName()
            if key == name { found = (start, scanner) }
            try skipValue()
            guard moveToNext() else { break }
        }
        guard let found else { return nil }
        scanner = found.value
        return found.name
    }

    private mutating func enterElement(_ index: Int) throws(JSONFailure) -> Int? {
        scanner.position += 1
        scanner.skipWhitespace()
        guard scanner.current != UInt8(ascii: "]") else { return nil }
        for _ in 0..<index {
            try skipValue()
            guard moveToNext() else { return nil }
        }
        return scanner.position
    }

    /// Moves past a comma to the next member or element.
    private mutating func moveToNext() -> Bool {
        scanner.skipWhitespace()
        guard scanner.current == UInt8(ascii: ",") else { return false }
        scanner.position += 1
        scanner.skipWhitespace()
        return true
    }

    /// Moves past the value at the position, without nested calls.
    private mutating func skipValue() throws(JSONFailure) {
        guard !scanner.isAtEnd else { throw scanner.failure(expected: "a value") }
        var depth = 0
        repeat {
            switch scanner.current {
            case UInt8(ascii: "\""):
                _ = try scanner.scanString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 this ends the object or array around the value.
                if depth == 0 { return }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                return
            default:
                break
            }
            scanner.position += 1
        } while !scanner.isAtEnd && (depth > 0 || !isAtEndOfValue)
    }

    private var isAtEndOfValue: Bool {
        switch scanner.current {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): true
        default: JSONScanner.isWhitespace(scanner.current)
        }
    }
}

extension JSONScanner {
    /// Moves past the name of a member, the colon and the whitespace around the colon.
    fileprivate mutating func scanName() throws(JSONFailure) -> ExactText {
        let start = position
        _ = try scanString()
        let name = JSONMember(key: "", value: UnsafeRawBufferPointer(rebasing: bytes[start..<position])).string
        skipWhitespace()
        guard current == UInt8(ascii: ":") else { throw failure(expected: "':' after the key") }
        position += 1
        skipWhitespace()
        return ExactText(name ?? "")
    }
}

/// Searches all objects of a text, with a stack in place of nested calls.
private struct RepeatedNameSearch {
    private struct Level {
        var isObject: Bool
        var names: Set<ExactText> = []
        /// The name of the current member or the index of the current element.
        var step = ""
        var index = 0
    }

    private(set) var found: [JSONPointer] = []
    private var scanner: JSONScanner
    private var levels: [Level] = []
    private let limit: Int

    init(_ text: UnsafeRawBufferPointer, limit: Int) {
        scanner = JSONScanner(text)
        self.limit = limit
    }

    mutating func run() throws(JSONFailure) {
        var isNameExpected = false
        while !scanner.isAtEnd, found.count < limit {
            switch scanner.current {
            case UInt8(ascii: "\""):
                if isNameExpected {
                    visit(try scanner.scanName())
                    isNameExpected = false
                } else {
                    _ = try scanner.scanString()
                }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                isNameExpected = scanner.current == UInt8(ascii: "{")
                levels.append(Level(isObject: isNameExpected, step: isNameExpected ? "" : "0"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = levels.popLast()
                isNameExpected = false
            case UInt8(ascii: ","):
                isNameExpected = levels.last?.isObject ?? false
                if !isNameExpected { moveToNextElement() }
            default:
                break
            }
            scanner.position += 1
        }
    }

    private mutating func visit(_ name: ExactText) {
        levels[levels.count - 1].step = name.text
        if !levels[levels.count - 1].names.insert(name).inserted { found.append(JSONPointer(levels.map(\.step))) }
    }

    private mutating func moveToNextElement() {
        guard let last = levels.indices.last else { return }
        levels[last].index += 1
        levels[last].step = String(levels[last].index)
    }
}
