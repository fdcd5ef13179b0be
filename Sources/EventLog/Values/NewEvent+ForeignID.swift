extension NewEvent {
    /// The id of an event of another system, where only its source and its id together are unique.
    ///
    /// The source, a space and the id: `https://example.com/shop A234`. A digest of them, 32 hexadecimal digits, takes their
    /// place when they are too long for an id, and when the source contains a space, which no URI does: otherwise `a b`
    /// with `c` and `a` with `b c` would have the same id. In the second case the digest also covers a leading space and
    /// the length of the source, so its input differs from every input of the first case.
    ///
    /// - Parameter source: not empty.
    package static func foreignID(source: String, id: String) -> String {
        let hasSpace = source.utf8.contains(UInt8(ascii: " "))
        let both = hasSpace ? " \(source.utf8.count) \(source) \(id)" : "\(source) \(id)"
        guard hasSpace || both.utf8.count > EventLimits.id else { return both }
        return Array(both.utf8).withUnsafeBytes { Digest(of: $0) }.description
    }
}
