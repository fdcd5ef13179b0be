import Handlebars

extension TemplateError {
    /// Place and message, then the line with its caret, then the calls that led there; for a terminal.
    var lines: [String] {
        // A tab would be shown as an escape. The caret's line begins with the same ones.
        description.split(separator: "\n").map { String($0.replacing("\t", with: "    ")) }
    }
}
