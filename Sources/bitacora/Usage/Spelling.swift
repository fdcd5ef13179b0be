/// Finds the name that a misspelt word most probably stands for.
enum Spelling {
    /// The most changes between a word and the name it stands for.
    private static let maximumChanges = 3

    /// The nearest of `names`; nil when none is near.
    ///
    /// Near is the beginning of a name (`hist` of `histogram`), and a word of which at most half the letters of the name
    /// are changed, three at the most. Of names that are as near the first counts.
    static func nearest(to word: String, among names: [String]) -> String? {
        if !word.isEmpty, let whole = names.first(where: { $0.hasPrefix(word) }) { return whole }
        return names.map { (name: $0, changes: changes(from: word, to: $0)) }
            .filter { $0.changes <= min(maximumChanges, $0.name.count / 2) }
            .min { $0.changes < $1.changes }?.name
    }

    /// How many letters are inserted, left out, replaced, or swapped with their neighbours (optimal string alignment).
    private static func changes(from word: String, to name: String) -> Int {
        let (word, name) = (Array(word), Array(name))
        // Longer words have more changes than count.
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
