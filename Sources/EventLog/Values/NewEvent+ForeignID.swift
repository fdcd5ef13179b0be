extension NewEvent {
    /// The id of an event of another system, where only its source and its id together are unique.
    ///
    /// `https://example.com/shop A234`: the first space ends the source. The id is 32 hexadecimal digits, a digest of both,
    /// where the text is longer than an id may be, and where the source itself has a space, which no URI has: `a b` with
    /// `c` would otherwise be `a` with `b c`. The digest of such a source is taken behind a space and the length of the
    /// source, and no text of the first form begins with a space.
    ///
    /// - Parameter source: not empty.
    package static func foreignID(source: String, id: String) -> String {
        let hasSpace = source.utf8.contains(UInt8(ascii: " "))
        let both = hasSpace ? " \(source.utf8.count) \(source) \(id)" : "\(source) \(id)"
        guard hasSpace || both.utf8.count > EventLimits.id else { return both }
        return Array(both.utf8).withUnsafeBytes { Digest(of: $0) }.description
    }
}
