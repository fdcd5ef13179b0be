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
        return names.map { (name: $0, changes: changes(from: word, to: $0)) }
            .filter { $0.changes <= min(maximumChanges, $0.name.count / 2) }
            .min { $0.changes < $1.changes }?.name
    }

    /// How many letters are inserted, left out, replaced, or swapped with their neighbours (optimal string alignment).
    private static func changes(from word: String, to name: String) -> Int {
        let (word, name) = (Array(word), Array(name))
        // A longer word needs more changes than the limit.
        guard word.count <= name.count + maximumChanges else { return .max }
        var beforeLast = [Int](repeating: 0, count: name.count + 1)
        var last = Array(0...name.count)
        for row in word.indices {
            var current = [row + 1]
            for column in name.indices {
                let replaced = last[column] + (word[row] == name[column] ? 0 : 1)
                var fewest = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, word[row] == name[column - 1], word[row - 1] == name[column] {
                    fewest = min(fewest, beforeLast[column - 1] + 1)
                }
                current.append(fewest)
            }
            (beforeLast, last) = (last, current)
        }
        return last[name.count]
    }
}
