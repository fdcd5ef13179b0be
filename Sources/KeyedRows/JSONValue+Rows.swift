import JSON

extension JSONValue {
    /// Whether this is an array or object with more bytes of JSON than a row may have in a field.
    var isTooLarge: Bool {
        switch self {
        case .array, .object: byteCount > Row.maximumNestedBytes
        default: false
        }
    }

    /// The number of bytes that `write(into:)` appends.
    var byteCount: Int {
        switch self {
        case .null, .bool(true): 4
        case .bool(false): 5
        case .number(let number): number.text.utf8.count
        case .string(let text): Self.byteCount(text)
        case .array(let elements): elements.reduce(max(2, elements.count + 1)) { $0 + $1.byteCount }
        case .object(let object):
            object.entries.reduce(max(2, object.count + 1)) { $0 + Self.byteCount($1.key) + 1 + $1.value.byteCount }
        }
    }

    private static func byteCount(_ text: String) -> Int {
        text.utf8.reduce(2) { count, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: count + 2
            case ..<0x20: count + 6
            default: count + 1
            }
        }
    }

    /// The value after a merge patch (RFC 7396): members of an object replace or remove those of the same name.
    ///
    /// - Parameter target: the value that is patched; nil when there is none.
    func merged(into target: JSONValue?) -> JSONValue {
        guard case .object(let patch) = self else { return self }
        var result = target?.object ?? JSONObject()
        for (name, value) in patch.entries {
            // Not a conditional expression: in it `nil` would be a `JSONValue`, `null`.
            if value.isNull { result[name] = nil } else { result[name] = value.merged(into: result[name]) }
        }
        return .object(result)
    }
}
