/// Suggests a known name in place of an unknown one, for messages.
package enum Suggestion {
    /// The largest number of letters in which a near name differs.
    package static let maximumChanges = 3
    private static let maximumListed = 12
    /// The most names that are compared, so that a definition with many faults and names is refused quickly.
    private static let maximumCompared = 256
    /// Names are at most as long, and a longer word takes long to compare.
    private static let maximumWordBytes = 256

    /// `did you mean "status"?` when one of the names is near, else the names: `its fields are customer, status`.
    ///
    /// - Parameters:
    ///   - word: the unknown name.
    ///   - names: the known names; of equally near names the first is suggested.
    ///   - list: the words before the list: `its fields are`.
    ///   - none: the words in place of an empty list: `it has no fields`.
    package static func text(for word: String, among names: [String], list: String, none: String) -> String {
        if let name = nearest(to: word, among: names) { return "did you mean \"\(name)\"?" }
        if names.isEmpty { return none }
        let listed = names.prefix(maximumListed).map(\.shortened).joined(separator: ", ")
        return "\(list) \(listed)" + (names.count > maximumListed ? " and \(names.count - maximumListed) more" : "")
    }

    /// The name that a word is probably a misspelling of; nil when no name is near.
    ///
    /// A name is near when at most three letters, and at most half of its letters, differ; upper and lower case count as
    /// the same letter. The first 256 names are compared, with a word of at most 256 bytes.
    ///
    /// - Parameter maximumChanges: the largest number of letters in which a near name differs.
    package static func nearest(
        to word: String, among names: [String], maximumChanges: Int = Suggestion.maximumChanges
    ) -> String? {
        guard word.utf8.count <= maximumWordBytes else { return nil }
        let word = word.lowercased()
        return names.prefix(maximumCompared).map { (name: $0, changes: EditDistance.between(word, $0.lowercased())) }
            .filter { $0.changes <= min(maximumChanges, $0.name.count / 2) }
            .min { $0.changes < $1.changes }?.name
    }
}
