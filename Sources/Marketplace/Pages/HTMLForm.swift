import BitacoraServer
import HTTPTypes
import Handlebars
import JSON

/// A form of a page: the fields as they were typed, and why the form was refused.
///
/// A refused form is shown again with the text that was typed and the error beside its field.
protocol HTMLForm: Sendable {
    /// The names of the text fields, which are also the fields beside which an error is shown.
    static var fields: [String] { get }
    /// The names of other parameters that a browser sends with the form, such as hidden fields.
    static var otherParameters: [String] { get }

    /// The text of each field by its name.
    var typed: [String: String] { get set }
    /// Why the form was refused; nil for a form that was not sent.
    var problem: Problem? { get set }

    /// Makes the form as a page first shows it.
    init()
}

extension HTMLForm {
    /// Reads the form that a browser sent.
    ///
    /// - Throws: `Problem` 400 `invalid` for a field that the form does not have.
    init(_ query: Query) throws(Problem) {
        self.init()
        try readFields(query)
    }

    /// Sets the text fields from the form that a browser sent.
    ///
    /// - Throws: `Problem` 400 `invalid` for a field that the form does not have.
    mutating func readFields(_ query: Query) throws(Problem) {
        try query.rejectNames(besides: Set(Self.fields + Self.otherParameters))
        // Browsers end the lines of a form with CR LF. In the marketplace's events, lines end with LF.
        for name in Self.fields { typed[name] = (query[name] ?? "").replacing("\r\n", with: "\n") }
    }

    /// The same form with an error to show.
    func refused(_ problem: Problem) -> Self {
        var form = self
        form.problem = problem
        return form
    }

    /// The text of a field without whitespace at its ends.
    func text(_ name: String) -> String { PageText.trimmed(typed[name] ?? "") }

    /// The number in a field.
    ///
    /// - Parameter example: a valid value, for the error.
    /// - Throws: `Problem` 422 `invalid` with the field.
    func number(_ name: String, example: String) throws(Problem) -> JSONNumber {
        try FormNumber.read(text(name), of: name, example: example)
    }

    /// The text of each field and the error, for the templates.
    var fieldValues: Object {
        var object = Self.fields.reduce(into: Object()) { $0[$1] = .string(typed[$1] ?? "") }
        object.addProblem(problem, fields: Self.fields)
        return object
    }

    /// The error of a field whose value is invalid: 422.
    static func invalid(_ field: String, _ detail: String) -> Problem {
        Problem(.unprocessableContent, "invalid", detail, field: field)
    }
}
