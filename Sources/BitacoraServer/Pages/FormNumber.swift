import HTTPTypes
import JSON

/// A number as it is written into a form of plain HTML.
enum FormNumber {
    /// HTML has numbers that JSON has not: `.5`, `007`.
    ///
    /// - Parameters:
    ///   - text: without whitespace at its ends.
    ///   - example: for who wrote something else.
    /// - Throws: `.invalid` with the field.
    static func read(_ text: String, of field: String, such example: String) throws(Problem) -> JSONNumber {
        let digits = text.drop { $0 == "0" }
        let plain = digits.first.map { $0.isASCII && $0.isNumber } == true ? String(digits) : "0" + digits
        if !text.isEmpty, let number = JSONNumber(text) ?? JSONNumber(plain) { return number }
        throw Problem(
            .unprocessableContent, "invalid",
            "\(field) must be a number such as \(example)"
                + (text.isEmpty ? "; nothing was written" : ", not '\(text.prefix(64))'"), field: field)
    }
}
