package import KeyedRows

/// The `where` of a page: conditions with constants and with parameters of the query (`?status`).
package struct PageFilter: Sendable {
    /// A condition whose value is a parameter of the query.
    struct Parameter: Sendable, Hashable {
        let field: String
        /// `not`, `lt`, `lte`, `gt`, `gte` or `in`; nil for equality.
        let comparison: String?
        /// The name of the parameter.
        let name: String
    }

    let constants: RowFilter
    let parameters: [Parameter]

    /// The filter for a query: a parameter that is absent or empty drops its condition. A value that cannot be
    /// compared, such as a list of more than `RowFilter.maximumValues` values, matches no row.
    ///
    /// - Parameter parameter: returns the value of a parameter of the query; nil when the query does not have it.
    package func filter(_ parameter: (String) -> String?) -> RowFilter {
        var tests = constants.tests
        for condition in parameters {
            guard let value = parameter(condition.name), !value.isEmpty else { continue }
            let name = "where[\(condition.field)]" + (condition.comparison.map { "[\($0)]" } ?? "")
            let filter = try? RowFilter(parameters: [(name, value)])
            tests += filter?.tests ?? [.init(condition.field, .isIn([]))]
        }
        return RowFilter(tests)
    }
}
