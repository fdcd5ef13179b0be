/// The media types that a client names in `Accept` (RFC 9110, section 12.5.1).
struct AcceptedTypes {
    /// The types in lower case, with their qualities.
    private let types: [(name: Substring, quality: Double)]

    /// - Parameter fields: the values of the header.
    init(_ fields: [String]) {
        types = fields.flatMap { $0.lowercased().split(separator: ",") }.compactMap { element in
            let parts = element.filter { $0 != " " && $0 != "\t" }.split(separator: ";")
            guard let name = parts.first else { return nil }
            let weight = parts.dropFirst().last { $0.hasPrefix("q=") }
            return (name, weight.map { Double($0.dropFirst(2)) ?? 0 } ?? 1)
        }
    }

    /// The quality of a type that the client names, as `text/html` or as `text/*`; 0 when it names neither. `*/*` does not
    /// count.
    ///
    /// A quality that is not a number is 0.
    func quality(ofNamed type: String) -> Double {
        let range = type.prefix { $0 != "/" } + "/*"
        return (types.first { $0.name == type } ?? types.first { $0.name == range })?.quality ?? 0
    }
}
