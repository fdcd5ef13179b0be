import JSON
package import KeyedRows

/// A page: a template rendered from the rows of a collection.
package struct DeclaredPage: Sendable {
    package enum Content: Sendable {
        /// No rows.
        case none
        /// The rows of a collection: filter, sort, number.
        case list(collection: String, filter: PageFilter, sort: RowSort, size: Int?)
        /// The row whose key is the value of a name in the route.
        case one(collection: String, keyName: String)
    }
    package let route: PageRoute
    package let template: String
    package let content: Content
    /// The partial of a row.
    package let row: String?
    package let title: String?
    /// The name of the layout; nil for the default one.
    package let layout: String?
}

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
