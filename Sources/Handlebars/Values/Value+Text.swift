extension Value {
    /// As JavaScript turns it into text: an array's elements joined by commas, an object as `[object Object]`.
    ///
    /// Of an array no more than `maximumPrintedBytes` and the element that goes beyond them.
    public var text: String {
        switch self {
        case .undefined: "undefined"
        case .null: "null"
        default: plainText
        }
    }

    /// As `text`, but nothing for undefined and null.
    var plainText: String {
        if case .string(let text) = self { return text }
        var bytes: [UInt8] = []
        appendPlain(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What `{{{ }}}` prints.
    func appendPlain(to output: inout [UInt8]) {
        switch self {
        case .undefined, .null, .function: break
        case .bool(let bool): output.append(contentsOf: (bool ? "true" : "false").utf8)
        case .number(let number): NumberText.append(number, to: &output)
        case .string(let text), .safeString(let text): output.append(contentsOf: text.utf8)
        case .array(let items):
            _ = Value.appendJoined(items, to: &output, upTo: output.count + Value.maximumPrintedBytes)
        case .object: output.append(contentsOf: "[object Object]".utf8)
        }
    }

    /// What `{{ }}` prints.
    @inline(__always)
    func appendEscaped(to output: inout [UInt8]) {
        switch self {
        case .string(let text): Escaper.append(text, to: &output)
        case .array: Escaper.append(plainText, to: &output)
        default: appendPlain(to: &output)
        }
    }

    /// Of arrays inside one another, what is deeper than this prints as nothing: no data can exhaust the stack.
    static let maximumPrintedDepth = 64

    /// Of an array as text, what comes after so many bytes is left out: neither a list of a billion elements nor a
    /// few arrays that hold one another again and again can exhaust the memory.
    static let maximumPrintedBytes = 64 << 20

    /// Prints the elements with commas between them.
    ///
    /// - Returns: false as soon as there are more than `limit` bytes in the output, with the rest left out.
    static func appendJoined(_ items: Elements, to output: inout [UInt8], upTo limit: Int, depth: Int = 0) -> Bool {
        guard depth < maximumPrintedDepth else { return true }
        for (place, item) in items.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            if case .array(let inner) = item {
                guard appendJoined(inner, to: &output, upTo: limit, depth: depth + 1) else { return false }
            } else {
                item.appendPlain(to: &output)
            }
            guard output.count <= limit else { return false }
        }
        return true
    }
}
