/// Finds what somebody probably meant.
enum Suggestion {
    /// `did you mean "x"?` for the nearest of the candidates, or nothing when none is near.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= maximumLength else { return nil }
        let limit = 1 + name.utf8.count / 4
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(maximumCandidates) where candidate.utf8.count <= maximumLength {
            let distance = distance(Array(name.utf8), Array(candidate.utf8))
            guard distance <= limit, distance > 0 else { continue }
            if let known = best, (known.distance, known.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best.map { "did you mean \"\($0.name)\"?" }
    }

    /// What was probably meant by a helper that nobody has.
    ///
    /// - Parameter isRunTogether: whether its first argument follows without a space.
    static func hint(forHelper name: String, isRunTogether: Bool, among candidates: some Sequence<String>) -> String? {
        if isRunTogether { return "a path ends with a name: what follows \"\(name)\" here is an argument" }
        if ["elseif", "elsif", "elif"].contains(name.lowercased()) { return "write {{else if …}}" }
        return hint(for: name, among: candidates)
    }

    /// Beyond these a guess costs more than it helps.
    private static let maximumLength = 40
    private static let maximumCandidates = 500

    /// How many letters must be put in, taken out, changed or swapped with the next one (Damerau and Levenshtein, each
    /// letter touched once).
    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...two.count)
        for i in one.indices {
            var row = [i + 1]
            for j in two.indices {
                var least = min(above[j] + (one[i] == two[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, one[i] == two[j - 1], one[i - 1] == two[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, above) = (above, row)
        }
        return above[two.count]
    }
}
