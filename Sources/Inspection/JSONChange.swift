package import JSON

/// One difference between two JSON values.
package struct JSONChange: Equatable {
    /// The kind of a difference.
    package enum Kind: String {
        /// Only the newer value has something at the path.
        case added
        /// Only the older value has something at the path.
        case removed
        /// Both values have something different at the path.
        case changed
    }

    /// The path of the difference, such as `products[id=3].price`; empty for the whole value.
    package let path: String
    /// The older value at the path; nil when there was none.
    package let before: JSONValue?
    /// The newer value at the path; nil when there is none.
    package let after: JSONValue?

    /// Whether a value was added, removed or changed.
    package var kind: Kind { before == nil ? .added : after == nil ? .removed : .changed }

    /// All differences: first those of the older value in its order, then what was added.
    ///
    /// Members are matched by name. Elements of an array of objects are matched by `id` when each has a different `id`,
    /// and else by index. An array without arrays and objects is compared as one value. Numbers are compared by value:
    /// `10` and `10.0` are equal.
    package static func between(_ before: JSONValue, _ after: JSONValue) -> [JSONChange] {
        var changes: [JSONChange] = []
        compare(before, after, "", &changes)
        return changes
    }

    private static func compare(_ before: JSONValue, _ after: JSONValue, _ path: String, _ changes: inout [JSONChange])
    {
        switch (before, after) {
        case (.object(let before), .object(let after)): compare(before, after, path, &changes)
        case (.array(let before), .array(let after)) where isDeep(before) || isDeep(after):
            compare(before, after, path, &changes)
        case (.number(let before), .number(let after)) where before.decimal == after.decimal: return
        default:
            if before != after { changes.append(JSONChange(path: path, before: before, after: after)) }
        }
    }

    private static func isDeep(_ elements: [JSONValue]) -> Bool {
        elements.contains { $0.array != nil || $0.object != nil }
    }

    private static func compare(
        _ before: JSONObject, _ after: JSONObject, _ path: String, _ changes: inout [JSONChange]
    ) {
        for (key, value) in before.entries {
            compareOrRemove(value, after[key], path + member(key, of: path), &changes)
        }
        for (key, value) in after.entries where before[key] == nil {
            changes.append(JSONChange(path: path + member(key, of: path), before: nil, after: value))
        }
    }

    private static func compare(
        _ before: [JSONValue], _ after: [JSONValue], _ path: String, _ changes: inout [JSONChange]
    ) {
        guard let old = identified(before), let new = identified(after) else {
            for index in 0..<max(before.count, after.count) {
                let element = "\(path)[\(index)]"
                switch (index < before.count, index < after.count) {
                case (true, true): compare(before[index], after[index], element, &changes)
                case (true, false): changes.append(JSONChange(path: element, before: before[index], after: nil))
                default: changes.append(JSONChange(path: element, before: nil, after: after[index]))
                }
            }
            return
        }
        for (id, value) in old.entries { compareOrRemove(value, new[id], "\(path)[id=\(id)]", &changes) }
        for (id, value) in new.entries where old[id] == nil {
            changes.append(JSONChange(path: "\(path)[id=\(id)]", before: nil, after: value))
        }
    }

    private static func compareOrRemove(
        _ before: JSONValue, _ after: JSONValue?, _ path: String, _ changes: inout [JSONChange]
    ) {
        guard let after else { return changes.append(JSONChange(path: path, before: before, after: nil)) }
        compare(before, after, path, &changes)
    }

    /// The elements by their ids as JSON text; nil unless all elements are objects with different ids.
    private static func identified(_ elements: [JSONValue]) -> JSONObject? {
        var object = JSONObject()
        for element in elements {
            guard let id = element["id"], id.string != nil || id.number != nil, object[id.text] == nil else {
                return nil
            }
            object[id.text] = element
        }
        return object
    }

    /// The name of a member in a path; a name with other characters than letters, digits, `_` and `-` is in quotes.
    private static func member(_ key: String, of path: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
            }
        return (path.isEmpty ? "" : ".") + (isPlain ? key : JSONValue.string(key).text)
    }
}
