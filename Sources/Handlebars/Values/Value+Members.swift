extension Value {
    /// What stands for a missing context when a helper is handed one (`nullContext` in handlebars.js).
    static let nullContext = Value.object(Object())

    /// A field: own fields of objects, elements and `length` of arrays and strings, nothing else.
    /// A nullish value gives itself back, so that `null` stays `null` along a path.
    @inline(__always)
    func member(_ key: FieldName) -> Value {
        switch self {
        case .object(let object):
            guard let place = object.storage.find(key.text, hash: key.hash) else { return .undefined }
            return object.storage.entries[place].value
        case .undefined: return .undefined
        case .null: return .null
        default: return element(key) ?? .undefined
        }
    }

    /// Whether it has such a field, be it empty.
    func has(_ key: FieldName) -> Bool {
        if case .object(let object) = self { return object.storage.find(key.text, hash: key.hash) != nil }
        return element(key) != nil
    }

    private func element(_ key: FieldName) -> Value? {
        switch self {
        case .array(let items):
            // In `condition ? value : nil` the nil would be a null value.
            if let index = key.index, index < items.count { return items[index] }
            if key.text == "length" { return .number(Double(items.count)) }
            return Optional.none
        case .string(let text):
            if let index = key.index { return Value.unit(of: text, at: index) }
            if key.text == "length" { return .number(Double(text.utf16.count)) }
            return Optional.none
        default: return nil
        }
    }

    private static func unit(of text: String, at index: Int) -> Value? {
        let units = text.utf16
        guard let place = units.index(units.startIndex, offsetBy: index, limitedBy: units.endIndex),
            place < units.endIndex
        else { return nil }
        return .string(String(decoding: CollectionOfOne(units[place]), as: UTF16.self))
    }

    /// A field by a name worked out while rendering, as `lookup` does.
    func member(named name: Value) -> Value {
        if case .array(let items) = self, case .number(let number) = name {
            guard let index = Int(exactly: number), items.indices.contains(index) else { return .undefined }
            return items[index]
        }
        return member(FieldName(name.plainText))
    }
}
