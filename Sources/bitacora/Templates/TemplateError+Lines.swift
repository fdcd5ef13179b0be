import Handlebars

extension TemplateError {
    /// Place and message, then the line with its caret, then the calls that led there; for a terminal.
    var lines: [String] { description.terminalLines }
}

extension String {
    /// Its lines. A tab would be shown as an escape: the line with a caret and the caret's begin with the same ones.
    var terminalLines: [String] {
        split { $0 == "\n" || $0 == "\r\n" }.map { String($0.replacing("\t", with: "    ")) }
    }
}
