package import JSON

/// One place at which two JSON values differ.
package struct JSONChange: Equatable {
    package enum Kind: String {
        case added
        case removed
        case changed
    }

    /// `products[id=3].price`; empty for the value itself.
    package let path: String
    /// Nil where there was nothing.
    package let before: JSONValue?
    /// Nil where there is nothing any more.
    package let after: JSONValue?

    package var kind: Kind { before == nil ? .added : after == nil ? .removed : .changed }

    /// All differences, in the order of the older value and then of what is new.
    ///
    /// Members are told apart by name, the elements of an array of objects by their `id` when each has its own, and
    /// else by their number. An array without arrays or objects in it is one value. Numbers differ when their values
    /// do: `10` and `10.0` are the same.
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
                let place = "\(path)[\(index)]"
                switch (index < before.count, index < after.count) {
                case (true, true): compare(before[index], after[index], place, &changes)
                case (true, false): changes.append(JSONChange(path: place, before: before[index], after: nil))
                default: changes.append(JSONChange(path: place, before: nil, after: after[index]))
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

    /// The elements by their ids as JSON text; nil unless all are objects with ids of their own.
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

    /// A name that a path could be cut at stands in quotes.
    private static func member(_ key: String, of path: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
            }
        return (path.isEmpty ? "" : ".") + (isPlain ? key : JSONValue.string(key).text)
    }
}
