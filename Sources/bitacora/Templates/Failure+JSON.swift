import Handlebars
import JSON

extension Failure {
    /// Data that is not JSON: the place, what is wrong there, and the line with a caret, as errors in templates look.
    init(refusing name: String, _ bytes: [UInt8], _ error: JSONError) {
        let excerpt = bytes.isEmpty ? "" : Excerpt.text(of: bytes, at: error.offset)
        self.init(
            ExitStatus.refused, "\(name):\(error.line):\(error.column): this is not JSON: \(error.message)",
            details: excerpt.terminalLines)
    }
}
