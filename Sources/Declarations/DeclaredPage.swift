package import KeyedRows

/// A page: a template rendered from the rows of a collection.
package struct DeclaredPage: Sendable {
    /// The rows that the template gets.
    package enum Content: Sendable {
        /// No rows.
        case none
        /// The first rows of a collection that match a filter, in an order; `size` is the maximum number of
        /// rows, nil for the server's default.
        case list(collection: String, filter: PageFilter, sort: RowSort, size: Int?)
        /// The row whose key is the value of a name in the route.
        case one(collection: String, keyName: String)
    }

    package let route: PageRoute
    /// The name of a file in `views/`, without `.handlebars`.
    package let template: String
    package let content: Content
    /// The name of the partial that renders one row of a list; nil for a page without one.
    package let row: String?
    /// The title of the page; nil for the default one.
    package let title: String?
    /// The name of the layout; nil for the default one.
    package let layout: String?
}
