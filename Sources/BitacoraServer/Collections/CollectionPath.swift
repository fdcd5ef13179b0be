import Base64

/// An address below `/api/collections/`: a collection, or a row of it.
enum CollectionPath: Hashable {
    case collection(String)
    case row(collection: String, key: String)

    private static let prefix = ["api", "collections"]

    /// Reads the path of a request.
    ///
    /// The key is everything after the name, so that it may contain slashes, escaped or not. Empty levels before the name
    /// are ignored, as in every path, and a collection may have a slash after its name.
    ///
    /// - Parameter path: percent-encoded, without the query.
    /// - Returns: nil for other paths.
    init?(_ path: some StringProtocol) {
        var rest = path[...]
        for level in Self.prefix {
            rest = rest.drop { $0 == "/" }
            guard rest.prefix(while: { $0 != "/" }) == level else { return nil }
            rest = rest.dropFirst(level.count)
        }
        rest = rest.drop { $0 == "/" }
        let name = rest.prefix { $0 != "/" }
        guard !name.isEmpty else { return nil }
        let key = rest.dropFirst(name.count + 1)
        let collection = FormEncoding.decoded(partOfPath: name)
        self =
            key.isEmpty
            ? .collection(collection) : .row(collection: collection, key: FormEncoding.decoded(partOfPath: key))
    }
}
