extension JSONValue {
    /// Appends the value as compact JSON: no whitespace, members in their order.
    public func write(into output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(true): output.append(contentsOf: "true".utf8)
        case .bool(false): output.append(contentsOf: "false".utf8)
        case .number(let number): output.append(contentsOf: number.text.utf8)
        case .string(let text): JSONText.writeString(text, into: &output)
        case .array(let elements): Self.write(elements, into: &output)
        case .object(let object): Self.write(object, into: &output)
        }
    }

    private static func write(_ elements: [JSONValue], into output: inout [UInt8]) {
        var separator = UInt8(ascii: "[")
        if elements.isEmpty { output.append(separator) }
        for element in elements {
            output.append(separator)
            element.write(into: &output)
            separator = UInt8(ascii: ",")
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func write(_ object: JSONObject, into output: inout [UInt8]) {
        var separator = UInt8(ascii: "{")
        if object.isEmpty { output.append(separator) }
        for (key, value) in object.entries {
            output.append(separator)
            JSONText.writeString(key, into: &output)
            output.append(UInt8(ascii: ":"))
            value.write(into: &output)
            separator = UInt8(ascii: ",")
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The value as compact JSON, in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// The value as compact JSON.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
