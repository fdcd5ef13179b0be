import Commands
import JSON

/// What to write in place of an unknown name.
enum Suggestion {
    private static let maximumChanges = 3
    private static let maximumListed = 12
    /// The most names that are compared, so that a definition with many faults and names is refused quickly.
    private static let maximumCompared = 256
    /// No name is longer, and a long word takes long to compare.
    private static let maximumWordBytes = 256

    /// `did you mean "status"?` when one of the names is near, else the names: `its fields are customer, status`.
    ///
    /// A name is near when at most three letters, and at most half of its letters, differ.
    ///
    /// - Parameters:
    ///   - word: what was written.
    ///   - names: what could have been meant; of equally near names the first is suggested.
    ///   - list: the words before the list: `its fields are`.
    ///   - none: the words in place of an empty list: `it has no fields`.
    static func text(for word: String, among names: [String], list: String, none: String) -> String {
        if let name = nearest(to: word, among: names) { return "did you mean \"\(name)\"?" }
        if names.isEmpty { return none }
        let listed = names.prefix(maximumListed).map(\.shortened).joined(separator: ", ")
        return "\(list) \(listed)" + (names.count > maximumListed ? " and \(names.count - maximumListed) more" : "")
    }

    /// - Parameter maximumChanges: the number of letters in which a near name may differ.
    static func nearest(
        to word: String, among names: [String], maximumChanges: Int = Suggestion.maximumChanges
    ) -> String? {
        guard word.utf8.count <= maximumWordBytes else { return nil }
        let word = word.lowercased()
        return names.prefix(maximumCompared).map { (name: $0, changes: EditDistance.between(word, $0.lowercased())) }
            .filter { $0.changes <= min(maximumChanges, $0.name.count / 2) }
            .min { $0.changes < $1.changes }?.name
    }
}

extension [TopicRules.Rule] {
    /// Whether no event of these topics is likely to have a type: none declares it, and all are closed, or it is probably a
    /// misspelling of a declared type.
    func exclude(_ type: String) -> Bool {
        guard !isEmpty, allSatisfy({ $0.types[type] == nil }) else { return false }
        return allSatisfy(\.isClosed)
            || Suggestion.nearest(to: type, among: flatMap(\.typeNames), maximumChanges: 1) != nil
    }
}
