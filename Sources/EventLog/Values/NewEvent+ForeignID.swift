extension NewEvent {
    /// The id of an event of another system, where only its source and its id together are unique.
    ///
    /// `https://example.com/shop A234`; where that is longer than an id may be, 32 hexadecimal digits, which are a digest
    /// of it.
    package static func foreignID(source: String, id: String) -> String {
        let both = "\(source) \(id)"
        guard both.utf8.count > EventLimits.id else { return both }
        return Array(both.utf8).withUnsafeBytes { Digest(of: $0) }.description
    }
}
