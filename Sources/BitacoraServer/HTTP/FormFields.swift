import HTTPTypes
public import Handlebars
public import JSON
import Inspection

/// A number in a form of plain HTML.
public enum FormNumber {
    /// Reads a number. HTML accepts numbers that JSON does not: `.5`, `007`.
    ///
    /// - Parameters:
    ///   - text: the value of the field, without whitespace at its ends.
    ///   - field: the name of the field, for the error.
    ///   - example: a valid value, for the error.
    /// - Throws: `Problem` 422 `invalid` with the field.
    public static func read(_ text: String, of field: String, example: String) throws(Problem) -> JSONNumber {
        let digits = text.drop { $0 == "0" }
        let plain = digits.first.map { $0.isASCII && $0.isNumber } == true ? String(digits) : "0" + digits
        if !text.isEmpty, let number = JSONNumber(text) ?? JSONNumber(plain) { return number }
        throw Problem(
            .unprocessableContent, "invalid",
            "\(field) must be a number such as \(example)" + (text.isEmpty ? "" : ", not '\(text.prefix(64))'"),
            field: field)
    }
}

extension Object {
    /// Adds the error of a form for its template: to `faults` by the name of the field, or as `problem` when the error is
    /// not about a field that the form shows.
    ///
    /// - Parameter fields: the fields beside which the template shows an error.
    public mutating func add(_ problem: Problem?, fields: [String]) {
        guard let problem else { return }
        let detail = Value.string(ShownText.escaped(problem.detail))
        if let field = problem.field, fields.contains(field) {
            self["faults"] = .object([field: detail])
        } else {
            self["problem"] = detail
        }
    }
}
