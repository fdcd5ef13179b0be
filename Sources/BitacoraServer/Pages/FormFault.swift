import Handlebars
import Inspection

extension Object {
    /// Tells what is wrong with a form: as `faults` by field, or as `problem` when no field of it is to blame.
    ///
    /// - Parameter fields: beside which there is room for it.
    mutating func tell(_ problem: Problem?, beside fields: [String]) {
        guard let problem else { return }
        let detail = Value.string(ShownText.escaped(problem.detail))
        if let field = problem.field, fields.contains(field) {
            self["faults"] = .object([field: detail])
        } else {
            self["problem"] = detail
        }
    }
}
