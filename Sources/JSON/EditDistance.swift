/// How many letters differ between two words.
package enum EditDistance {
    /// The most letters by which a word may be longer than another one; beyond, the distance is `Int.max`.
    private static let maximumExcess = 3

    /// The number of letters that are inserted, left out, replaced, or swapped with their neighbours (optimal string
    /// alignment).
    package static func between(_ word: String, _ name: String) -> Int {
        let (word, name) = (Array(word), Array(name))
        guard word.count <= name.count + maximumExcess else { return .max }
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
