import Inspection

/// Finds the name that was most probably meant by a misspelt word.
enum Spelling {
    /// The most changes between a word and the name that was meant.
    private static let maximumChanges = 3

    /// The nearest of `names`; nil when none is near.
    ///
    /// A word is near a name when it is the beginning of the name (`hist` of `histogram`), or when the number of changes
    /// between them is at most three and at most half the letters of the name. Of equally near names the first is returned.
    static func nearest(to word: String, among names: [String]) -> String? {
        if !word.isEmpty, let whole = names.first(where: { $0.hasPrefix(word) }) { return whole }
        return names.map { (name: $0, changes: EditDistance.between(word, $0)) }
            .filter { $0.changes <= min(maximumChanges, $0.name.count / 2) }
            .min { $0.changes < $1.changes }?.name
    }
}
