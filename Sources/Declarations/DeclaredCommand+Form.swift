package import JSON
import Schemas

extension DeclaredCommand {
    /// The data of a form: fields converted as the schema of the event says; empty fields that the schema does not want
    /// as text are left out.
    ///
    /// A field that may be text stays text. Of a repeated name all values become an array when the schema wants an
    /// array, else the last one counts. A value that cannot be converted stays text, so that the schema refuses it with
    /// its name.
    ///
    /// Takes time in proportion to the size of the form.
    package func data(form fields: [(name: String, value: String)]) -> JSONObject {
        var data = JSONObject()
        var lists: [ExactText: [JSONValue]] = [:]
        for (name, value) in fields {
            let types = formSchema?.types(ofMember: name) ?? []
            if types.contains("array"), !types.contains("string") {
                guard !value.isEmpty else { continue }
                lists[ExactText(name), default: []].append(.string(value))
                // The name keeps the place of its first field.
                if data[name] == nil { data[name] = .null }
            } else {
                data[name] = FormValue.json(value, types: types)
            }
        }
        for (name, values) in lists { data[name.text] = .array(values) }
        return data
    }
}

/// The conversion of the text of a form's field to a type of JSON.
private enum FormValue {
    /// - Returns: nil when the field is left out.
    static func json(_ text: String, types: Set<String>) -> JSONValue? {
        if types.isEmpty || types.contains("string") { return .string(text) }
        if text.isEmpty { return nil }
        if types.contains("number") || types.contains("integer"), let number = number(text) { return .number(number) }
        if types.contains("boolean"), let value = boolean(text) { return .bool(value) }
        if types.contains("null"), text == "null" { return .null }
        return .string(text)
    }

    /// A check box without a value sends `on`.
    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "on": true
        case "false", "off": false
        default: nil
        }
    }

    /// A number field of HTML also sends `.5`, `007` and `+1`, which are not numbers of JSON.
    private static func number(_ text: String) -> JSONNumber? {
        let text = text.trimmed
        if let number = JSONNumber(text) { return number }
        let sign = text.hasPrefix("-") ? "-" : ""
        var digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        while digits.utf8.count > 1, digits.hasPrefix("0"), digits.utf8.dropFirst().first.map(isDigit) == true {
            digits.removeFirst()
        }
        return JSONNumber(sign + (digits.hasPrefix(".") ? "0" : "") + digits)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
