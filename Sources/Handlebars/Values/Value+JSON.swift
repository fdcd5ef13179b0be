public import JSON

extension Value {
    /// The same data as a JSON value; numbers become `Double`s, objects keep their order but for array indices.
    public init(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number): self = .number(number.double)
        case .string(let text): self = .string(text)
        case .array(let items): self = .array(items.map(Value.init(json:)))
        case .object(let fields):
            var object = Object(minimumCapacity: fields.count)
            for (key, value) in fields.entries { object[key] = Value(json: value) }
            self = .object(object)
        }
    }
}
